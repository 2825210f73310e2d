package io.tributary.coordinator.ledger;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.config.UserErrorException.Kind;
import io.tributary.common.store.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import org.sqlite.SQLiteConfig;

/**
 * Opens the ledger's file, or says why not.
 *
 * <p>The file is made whole beside its place and then renamed, so that an empty or half-made one is
 * never a crash's doing. Everything that could be wrong with an existing one is looked at through a
 * connection that cannot write, so that a file which is refused stays as it is, to the byte.
 *
 * <p>Nothing here opens the file but SQLite: POSIX drops all of a process's locks on a file as soon
 * as any of its descriptors is closed.
 */
final class LedgerFile {
  /** 16 GiB in pages of 4 KiB. */
  static final int MAX_PAGES = 1 << 22;

  private static final int BUSY_TIMEOUT_MILLIS = 10_000;
  private static final int CACHE_KIB = 4096;
  private static final int WAL_KEPT_BYTES = 16 << 20;
  private static final int MAX_FINDINGS = 3;

  /**
   * Reading this much through takes a second or two; a larger one is not read through at each
   * start, and then only its rows' checksums are looked at, in use.
   */
  private static final long MAX_CHECKED_BYTES = 512L << 20;

  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");

  private final Path file;
  private final Schema schema;

  LedgerFile(Path file, Schema schema) {
    this.file = file.toAbsolutePath();
    this.schema = schema;
  }

  /** For the coordinator, whose home lock says that nobody else writes. */
  Connection openForWriting(int maxPages) {
    requireBody();
    try {
      if (!Files.exists(file)) {
        create();
      }
      try (Connection inspection = connect(file, true)) {
        inspect(inspection);
      }
      keepToOwner();
      return openedOrClosed(
          connect(file, false),
          connection -> {
            prepare(connection, maxPages);
            schema.upgrade(connection); // writes its number in any case, which proves that it can
          });
    } catch (SQLException e) {
      throw LedgerFailures.atOpen(file, e);
    } catch (IOException e) {
      throw new UserErrorException(
          Kind.FAILED,
          "ledger "
              + file
              + " cannot be made ("
              + e
              + "): choose a `home` on a disk with free space that you may write to",
          e);
    }
  }

  /** For commands that only look, also while a coordinator works with it. */
  Connection openForReading() {
    requireBody();
    if (!Files.exists(file)) {
      throw new UserErrorException(
          Kind.FAILED, "there is no ledger " + file + ": name the home of a coordinator");
    }
    try {
      return openedOrClosed(
          connect(file, true),
          connection -> {
            inspect(connection);
            requireNotOlder(connection);
          });
    } catch (SQLException e) {
      throw LedgerFailures.atOpen(file, e);
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  /** SQLite deletes the changes beside an empty file as belonging to nothing. */
  private void requireBody() {
    try {
      if (Files.isDirectory(file)) {
        throw LedgerFailures.notALedger(file, "it is a directory");
      }
      boolean exists = Files.exists(file);
      if (exists ? Files.size(file) == 0 : hasContent(beside("-wal"))) {
        throw LedgerFailures.bodyMissing(file, exists);
      }
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private UserErrorException unreadable(IOException e) {
    return new UserErrorException(
        Kind.FAILED, "ledger " + file + " cannot be read (" + e + "): it was left as it is", e);
  }

  private static boolean hasContent(Path path) throws IOException {
    return Files.exists(path) && Files.size(path) > 0;
  }

  private void create() throws SQLException, IOException {
    Path temporary = beside(DurableFiles.TEMPORARY_SUFFIX);
    for (String left : List.of("", "-journal", "-wal", "-shm")) {
      Files.deleteIfExists(temporary.resolveSibling(temporary.getFileName() + left));
    }
    // SQLite gives the files beside it the mode of this one.
    DurableFiles.createOwnerOnlyDirectories(file.getParent());
    Files.createFile(temporary, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
    try (Connection connection = connect(temporary, false)) {
      schema.upgrade(connection);
      Pragmas.set(connection, "journal_mode", "WAL");
    }
    DurableFiles.publish(temporary, file);
  }

  private void inspect(Connection connection) throws SQLException, IOException {
    int application = Pragmas.number(connection, "application_id");
    if (application != Schema.APPLICATION_ID) {
      throw LedgerFailures.notALedger(
          file, "application id " + application + " instead of " + Schema.APPLICATION_ID);
    }
    int version = Pragmas.number(connection, "user_version");
    if (version > schema.version()) {
      throw LedgerFailures.newerSchema(file, version, schema.version());
    }
    if (version < 1 || !schema.hasShape(connection, version)) {
      throw LedgerFailures.damaged(file, "its tables are not those of schema version " + version);
    }
    if (Files.size(file) <= MAX_CHECKED_BYTES) {
      // Not quick_check, which costs two thirds of it: a row out of order, which no search would
      // find, is nothing to it.
      List<String> findings = Pragmas.lines(connection, "integrity_check(" + MAX_FINDINGS + ")");
      if (!findings.equals(List.of("ok"))) {
        throw LedgerFailures.damaged(file, String.join("; ", findings).replace('\n', ' '));
      }
    }
  }

  private void requireNotOlder(Connection connection) throws SQLException {
    int version = Pragmas.number(connection, "user_version");
    if (version < schema.version()) {
      throw new UserErrorException(
          Kind.REFUSED,
          "ledger "
              + file
              + " has schema version "
              + version
              + ", but this program reads version "
              + schema.version()
              + ": start the coordinator once, which upgrades it, or use the older program");
    }
  }

  private static Connection connect(Path file, boolean readOnly) throws SQLException {
    SQLiteConfig config = new SQLiteConfig();
    config.setReadOnly(readOnly);
    config.setBusyTimeout(BUSY_TIMEOUT_MILLIS);
    config.setCacheSize(-CACHE_KIB); // negative: KiB, not pages
    config.setTempStore(SQLiteConfig.TempStore.MEMORY);
    config.enforceForeignKeys(true);
    Connection connection = config.createConnection("jdbc:sqlite:" + file.toUri());
    try {
      Pragmas.set(connection, "trusted_schema", "OFF");
      Pragmas.set(connection, "cell_size_check", "ON");
      Pragmas.set(connection, "mmap_size", 0);
      return connection;
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  /** A step of opening. */
  @FunctionalInterface
  private interface Step {
    void on(Connection connection) throws SQLException, IOException;
  }

  private static Connection openedOrClosed(Connection connection, Step step)
      throws SQLException, IOException {
    boolean opened = false;
    try {
      step.on(connection);
      opened = true;
      return connection;
    } finally {
      if (!opened) {
        connection.close();
      }
    }
  }

  private static void prepare(Connection connection, int maxPages) throws SQLException {
    Pragmas.set(connection, "journal_mode", "WAL");
    Pragmas.set(connection, "synchronous", "FULL");
    Pragmas.set(connection, "fullfsync", "ON"); // macOS: to the platter; elsewhere nothing
    Pragmas.set(connection, "checkpoint_fullfsync", "ON");
    Pragmas.set(connection, "journal_size_limit", WAL_KEPT_BYTES);
    Pragmas.set(connection, "max_page_count", maxPages);
  }

  /** A restored backup may be open to others; the ledger holds the keys of the pseudonyms. */
  private void keepToOwner() throws IOException {
    for (Path each : List.of(file, beside("-wal"), beside("-shm"))) {
      PosixFileAttributeView view = Files.getFileAttributeView(each, PosixFileAttributeView.class);
      if (Files.exists(each) && !view.readAttributes().permissions().equals(OWNER_ONLY)) {
        view.setPermissions(OWNER_ONLY);
      }
    }
  }

  private Path beside(String suffix) {
    return file.resolveSibling(file.getFileName() + suffix);
  }
}
