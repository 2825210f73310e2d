package io.tributary.simulation.virtual;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tributary.common.config.BoundedFile;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.config.UserErrorException.Kind;
import io.tributary.common.store.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The directory of one simulation, and what it is a simulation of.
 *
 * <pre>
 *   OUT/simulation.json   what was asked for: only the same simulation goes on here
 *      /rounds.csv        one row an attempt at a round
 *      /rounds.jsonl      the same with every site
 *      /certs             a throw-away authority, whose receipt key signs the log
 *      /coordinator       a coordinator's home: ledger, model, spools
 * </pre>
 */
final class OutDirectory {
  private static final String IDENTITY = "simulation.json";
  private static final int FORMAT = 1;
  private static final String TEXTS = "texts";
  private static final int MAX_IDENTITY_BYTES = 1 << 20;
  private static final int MOST_DIFFERENCES = 6;

  private final Path path;

  private OutDirectory(Path path) {
    this.path = path;
  }

  /**
   * Makes the directory, or takes one up that holds the same simulation.
   *
   * @throws UserErrorException of kind REFUSED if something else is there, naming the difference
   */
  static OutDirectory open(SimulationOptions options) throws IOException {
    Path path = options.out().toAbsolutePath().normalize();
    Path file = path.resolve(IDENTITY);
    ObjectNode wanted = identity(options);
    if (Files.exists(file)) {
      requireSame(path, read(file), wanted);
    } else {
      requireEmpty(path);
      Files.createDirectories(path);
      DurableFiles.write(file, new ObjectMapper().writeValueAsBytes(wanted));
    }
    return new OutDirectory(path);
  }

  private static ObjectNode identity(SimulationOptions options) throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode identity = mapper.createObjectNode();
    identity.put("format", FORMAT);
    identity.put("--sites", options.sites());
    identity.put("--partition", options.partition().toString());
    identity.put("--dropout", options.dropout());
    identity.put("TRIBUTARY_THREADS", options.threadsPerWorker());
    identity.put("--data", options.dataName());
    if (options.attack().sites() > 0) { // absent, as in the directories of older versions
      identity.put("--attackers", options.attack().sites());
      identity.put("--factor", options.attack().factor());
    }
    identity.set("job", mapper.readTree(options.job().toJson()));
    identity.put(TEXTS, SourceText.digest(options.texts()).hex());
    return identity;
  }

  private static JsonNode read(Path file) throws IOException {
    try {
      JsonNode found = new ObjectMapper().readTree(BoundedFile.read(file, MAX_IDENTITY_BYTES));
      if (found != null && found.isObject()) {
        return found;
      }
    } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
      throw unreadable(file, e);
    }
    throw unreadable(file, null);
  }

  private static UserErrorException unreadable(Path file, Exception cause) {
    return new UserErrorException(
        Kind.REFUSED,
        file + " is damaged: nothing is changed there; name another --out, or delete that one",
        cause);
  }

  private static void requireSame(Path path, JsonNode found, JsonNode wanted) {
    List<String> differences = new ArrayList<>();
    compare("", found, wanted, differences);
    if (!differences.isEmpty()) {
      int shown = Math.min(MOST_DIFFERENCES, differences.size());
      throw new UserErrorException(
          Kind.REFUSED,
          "--out "
              + path
              + " holds another simulation: "
              + String.join("; ", differences.subList(0, shown))
              + (differences.size() > shown ? "; …" : "")
              + ": name another --out, or give the command that began it");
    }
  }

  private static void compare(
      String name, JsonNode found, JsonNode wanted, List<String> differences) {
    if (found.isObject() && wanted.isObject()) {
      TreeSet<String> keys = new TreeSet<>();
      found.fieldNames().forEachRemaining(keys::add);
      wanted.fieldNames().forEachRemaining(keys::add);
      for (String key : keys) {
        compare(
            name.isEmpty() ? key : name + "." + key,
            found.path(key),
            wanted.path(key),
            differences);
      }
    } else if (!found.toString().equals(wanted.toString())) {
      differences.add(
          name.equals(TEXTS)
              ? "the texts are not the same"
              : name + " is " + said(wanted) + " but was " + said(found) + " there");
    }
  }

  private static String said(JsonNode value) {
    return value.isMissingNode() || value.isNull() ? "absent" : value.asText();
  }

  private static void requireEmpty(Path path) throws IOException {
    if (Files.exists(path) && !Files.isDirectory(path)) {
      throw new UserErrorException(Kind.REFUSED, "--out " + path + " is a file: name a directory");
    }
    if (Files.isDirectory(path)) {
      try (Stream<Path> files = Files.list(path)) {
        if (files.findAny().isPresent()) {
          throw new UserErrorException(
              Kind.REFUSED,
              "--out "
                  + path
                  + " holds something that is no simulation: name an empty or new directory");
        }
      }
    }
  }

  Path path() {
    return path;
  }

  Path csv() {
    return path.resolve("rounds.csv");
  }

  Path jsonLines() {
    return path.resolve("rounds.jsonl");
  }

  Path certificates() {
    return path.resolve("certs");
  }

  Path coordinatorHome() {
    return path.resolve("coordinator");
  }
}
