package io.tributary.coordinator.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.model.ModelDescription;
import io.tributary.common.model.ModelDirectory;
import io.tributary.common.store.DurableFiles;
import io.tributary.common.store.HomeLock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The coordinator's state directory, held by one process at a time.
 *
 * <pre>
 * HOME/home.json      layout version
 *     /lock           see {@link HomeLock}
 *     /admin-token    owner-only; see the admin API
 *     /endpoint.json  ports and process id of the running coordinator
 *     /models/        a model directory: model.json is the head, DIGEST.f32 the weights
 *     /rounds.jsonl   one record an attempt
 *     /spool/         updates of the open round; emptied at start
 * </pre>
 */
public final class CoordinatorHome implements AutoCloseable {
  /** Changes when an older coordinator could not use a home any more. */
  public static final int LAYOUT_VERSION = 1;

  private static final String KIND = "coordinator";
  private static final ObjectMapper JSON = JsonMapper.builder().build();

  private final HomeLock lock;
  private final Path home;

  private CoordinatorHome(HomeLock lock) {
    this.lock = lock;
    this.home = lock.home();
  }

  /**
   * Takes a home, creating it if it is missing.
   *
   * @throws UserErrorException when another process has it, it belongs to something else, it holds
   *     a trained model, or it cannot be used
   */
  public static CoordinatorHome open(Path directory) {
    HomeLock lock = HomeLock.acquire(directory);
    boolean opened = false;
    try {
      CoordinatorHome home = new CoordinatorHome(lock);
      home.prepare();
      opened = true;
      return home;
    } catch (IOException e) {
      throw new UserErrorException(
          UserErrorException.Kind.FAILED,
          "home "
              + directory
              + " cannot be used ("
              + e
              + "): choose a directory that you may write to",
          e);
    } finally {
      if (!opened) {
        lock.close();
      }
    }
  }

  private void prepare() throws IOException {
    Path layout = home.resolve("home.json");
    if (Files.exists(layout)) {
      checkLayout(layout);
    }
    requireNoTrainedModel();
    if (!Files.exists(layout)) {
      DurableFiles.write(layout, json(Map.of("kind", KIND, "version", LAYOUT_VERSION)));
    }
    DurableFiles.createOwnerOnlyDirectories(models());
    DurableFiles.createOwnerOnlyDirectories(spool());
    try (Stream<Path> left = Files.walk(spool())) {
      for (Path path : left.sorted(Comparator.reverseOrder()).toList()) {
        if (!path.equals(spool())) {
          Files.delete(path); // of a run that was killed: its sites still have what they sent
        }
      }
    }
  }

  private void checkLayout(Path layout) throws IOException {
    JsonNode node;
    try {
      node = JSON.readTree(Files.readAllBytes(layout));
    } catch (JsonProcessingException e) {
      throw new IOException(layout + " is not JSON", e);
    }
    if (!KIND.equals(node.path("kind").asText())
        || node.path("version").asInt() != LAYOUT_VERSION) {
      throw new UserErrorException(
          UserErrorException.Kind.REFUSED,
          "home "
              + home
              + " is of kind \""
              + node.path("kind").asText()
              + "\", layout version "
              + node.path("version").asInt()
              + ", but this is a coordinator of layout version "
              + LAYOUT_VERSION
              + ": choose another `home` in the configuration");
    }
  }

  /** A new run starts from its own first weights, which would replace what the last one trained. */
  private void requireNoTrainedModel() {
    if (!Files.exists(models().resolve(ModelDirectory.DESCRIPTION_FILE))) {
      return;
    }
    ModelDescription held = new ModelDirectory(models()).description();
    if (held.round() > 0) {
      throw new UserErrorException(
          UserErrorException.Kind.REFUSED,
          "home "
              + home
              + " already holds the model of run "
              + held.run()
              + ", round "
              + held.round()
              + ": choose another `home` in the configuration, or move its models directory away");
    }
  }

  /** Returns the directory. */
  public Path path() {
    return home;
  }

  /** Returns the model directory. */
  public Path models() {
    return home.resolve("models");
  }

  /** Returns the spool directory. */
  public Path spool() {
    return home.resolve("spool");
  }

  /** Returns the file of round records. */
  public Path rounds() {
    return home.resolve("rounds.jsonl");
  }

  /** Returns the file of the admin API's token. */
  public static Path adminToken(Path home) {
    return home.resolve("admin-token");
  }

  /** Returns the file that says where the running coordinator listens. */
  public static Path endpoint(Path home) {
    return home.resolve("endpoint.json");
  }

  /** Writes where this process listens; readers see all of it or nothing. */
  public void publishEndpoint(int port, int adminPort) throws IOException {
    DurableFiles.write(
        endpoint(home),
        json(Map.of("port", port, "adminPort", adminPort, "pid", ProcessHandle.current().pid())));
  }

  /** Bytes that may still be written. */
  public long usableBytes() throws IOException {
    return Files.getFileStore(home).getUsableSpace();
  }

  private static byte[] json(Map<String, ?> values) throws JsonProcessingException {
    return (JSON.writeValueAsString(new java.util.TreeMap<>(values)) + "\n")
        .getBytes(StandardCharsets.UTF_8);
  }

  /** Lets the next process in; what says where this one listened goes first. */
  @Override
  public void close() {
    try {
      Files.deleteIfExists(endpoint(home));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } finally {
      lock.close();
    }
  }
}
