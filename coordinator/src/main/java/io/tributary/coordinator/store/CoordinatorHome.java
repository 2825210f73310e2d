package io.tributary.coordinator.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.store.DurableFiles;
import io.tributary.common.store.HomeLock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * The coordinator's state directory, held by one process at a time.
 *
 * <pre>
 * HOME/home.json      layout version
 *     /lock           see {@link HomeLock}
 *     /admin-token    owner-only; see the admin API
 *     /endpoint.json  ports and process id of the running coordinator
 *     /ledger.db      all that must outlive a crash and is not a blob
 *     /runs/NAME/     one run's files, see {@link RunDirectory}
 *     /imported/NAME/ models that jobs may start from, see {@link ImportedModels}
 * </pre>
 */
public final class CoordinatorHome implements AutoCloseable {
  /** Changes when an older coordinator could not use a home any more. */
  public static final int LAYOUT_VERSION = 2;

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
   * @throws UserErrorException when another process has it, it belongs to something else or to an
   *     older version, or it cannot be used
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
    if (!Files.exists(layout)) {
      DurableFiles.write(layout, json(Map.of("kind", KIND, "version", LAYOUT_VERSION)));
    }
    DurableFiles.createOwnerOnlyDirectories(runs());
    DurableFiles.syncDirectory(home);
  }

  private void checkLayout(Path layout) throws IOException {
    JsonNode node;
    try {
      node = JSON.readTree(Files.readAllBytes(layout));
    } catch (JsonProcessingException e) {
      throw new IOException(layout + " is not JSON", e);
    }
    if (KIND.equals(node.path("kind").asText()) && node.path("version").asInt() == 1) {
      throw new UserErrorException(
          UserErrorException.Kind.REFUSED,
          "home "
              + home
              + " is of layout version 1, of a Tributary that could not go on after a restart;"
              + " nothing in it was changed, and `tributary generate --model "
              + home.resolve("models")
              + "` still reads its model: choose another `home` in the configuration");
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

  /** Returns the directory. */
  public Path path() {
    return home;
  }

  /** Returns the ledger's file. */
  public Path ledger() {
    return ledger(home);
  }

  /** Returns the ledger's file in a home. */
  public static Path ledger(Path home) {
    return home.resolve("ledger.db");
  }

  private Path runs() {
    return runs(home);
  }

  /** Returns where the directories of all runs are in a home. */
  static Path runs(Path home) {
    return home.resolve("runs");
  }

  /**
   * Returns where the files of a run are.
   *
   * @param name the job's name
   */
  public RunDirectory run(String name) {
    return run(home, name);
  }

  /** Returns where the files of a run are in a home. */
  public static RunDirectory run(Path home, String name) {
    return new RunDirectory(runs(home).resolve(name));
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
    return (JSON.writeValueAsString(new TreeMap<>(values)) + "\n").getBytes(StandardCharsets.UTF_8);
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
