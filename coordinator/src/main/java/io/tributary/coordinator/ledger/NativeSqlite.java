package io.tributary.coordinator.ledger;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.config.UserErrorException.Kind;
import io.tributary.common.store.DurableFiles;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteJDBCLoader;

/**
 * Loads SQLite's native library, once in a process.
 *
 * <p>The driver unpacks its library into a file of a new name at each start and deletes it at an
 * orderly end only, so that every SIGKILL would leave a megabyte behind. Here it is unpacked into a
 * directory of its own, which is emptied before and, as a loaded library needs its file no more,
 * after. Temp directories are often mounted {@code noexec}, too.
 */
final class NativeSqlite {
  private static final Logger log = LoggerFactory.getLogger(NativeSqlite.class);

  private static final String DIRECTORY_PROPERTY = "org.sqlite.tmpdir";
  private static final String LIBRARY_PROPERTY = "org.sqlite.lib.path";
  private static final String UNPACKED = "sqlite-*";

  private static boolean loaded;

  private NativeSqlite() {}

  /**
   * Loads it by way of a directory, which is created owner-only if it is missing. A process that
   * has it already, or whose operator has set the driver's own properties, does nothing.
   *
   * @throws UserErrorException of kind FAILED when it cannot be loaded
   */
  static synchronized void load(Path directory) {
    if (loaded) {
      return;
    }
    boolean ours =
        System.getProperty(DIRECTORY_PROPERTY) == null
            && System.getProperty(LIBRARY_PROPERTY) == null;
    try {
      if (ours) {
        DurableFiles.createOwnerOnlyDirectories(directory);
        empty(directory);
        System.setProperty(DIRECTORY_PROPERTY, directory.toAbsolutePath().toString());
      }
      SQLiteJDBCLoader.initialize();
      loaded = true;
      if (ours) {
        empty(directory);
      }
    } catch (IOException e) {
      throw new UserErrorException(Kind.FAILED, directory + " cannot be used (" + e + ")", e);
    } catch (Exception | LinkageError e) { // initialize() declares Exception
      if (ours) {
        System.clearProperty(DIRECTORY_PROPERTY);
      }
      throw new UserErrorException(
          Kind.FAILED,
          "SQLite's library cannot be loaded from "
              + directory
              + " ("
              + e.getMessage()
              + "): free some space if its file system is full; if that is mounted noexec, name"
              + " another directory with -D"
              + DIRECTORY_PROPERTY
              + "=DIRECTORY",
          e);
    }
  }

  /** The same by way of a directory that is gone afterwards. */
  static synchronized void loadFromTemporaryDirectory() {
    if (loaded) {
      return;
    }
    Path directory;
    try {
      directory = Files.createTempDirectory("tributary-sqlite");
    } catch (IOException e) {
      throw new UserErrorException(
          Kind.FAILED, "the directory for temporary files cannot be used (" + e + ")", e);
    }
    try {
      load(directory);
    } finally {
      try {
        Files.deleteIfExists(directory);
      } catch (IOException e) {
        log.debug("directory {} stays", directory, e);
      }
    }
  }

  private static void empty(Path directory) throws IOException {
    try (DirectoryStream<Path> left = Files.newDirectoryStream(directory, UNPACKED)) {
      for (Path file : left) {
        try {
          Files.delete(file);
        } catch (IOException e) {
          log.debug("unpacked library {} stays until the next start", file, e);
        }
      }
    }
  }
}
