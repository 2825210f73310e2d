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
      Connection connection = connect(file, false);
      boolean opened = false;
      try {
        prepare(connection, maxPages);
        schema.upgrade(connection); // writes its number in any case, which proves that it can
        opened = true;
      } finally {
        if (!opened) {
          connection.close();
        }
      }
      return connection;
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
      Connection connection = connect(file, true);
      boolean opened = false;
      try {
        inspect(connection);
        requireNotOlder(connection);
        opened = true;
      } finally {
        if (!opened) {
          connection.close();
        }
      }
      return connection;
    } catch (SQLException e) {
      throw LedgerFailures.atOpen(file, e);
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
      throw new UserErrorException(
          Kind.FAILED, "ledger " + file + " cannot be read (" + e + ")", e);
    }
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

  private void inspect(Connection connection) throws SQLException {
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
    List<String> findings = Pragmas.lines(connection, "quick_check(" + MAX_FINDINGS + ")");
    if (!findings.equals(List.of("ok"))) {
      throw LedgerFailures.damaged(file, String.join("; ", findings).replace('\n', ' '));
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
    Pragmas.set(connection, "trusted_schema", "OFF");
    Pragmas.set(connection, "cell_size_check", "ON");
    Pragmas.set(connection, "mmap_size", 0);
    return connection;
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
