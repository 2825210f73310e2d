package io.tributary.coordinator.ledger;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The ledger's schema: numbered scripts, each applied once and in one transaction with the number
 * that is kept in SQLite's {@code user_version}.
 *
 * @param scripts the first one makes version 1
 */
record Schema(List<String> scripts) {
  /** In SQLite's header, so that no other program's database is taken for a ledger: "TriL". */
  static final int APPLICATION_ID = 0x5472694c;

  /** What this program writes. */
  static final Schema CURRENT = load(1);

  /** Copies the scripts. */
  Schema {
    scripts = List.copyOf(scripts);
  }

  /** The version that {@link #upgrade} leads to. */
  int version() {
    return scripts.size();
  }

  /** Applies what the database lacks; all of it or, should it fail, nothing. */
  void upgrade(Connection connection) throws SQLException {
    Transaction.run(
        connection,
        Transaction.WRITING,
        () -> {
          try (Statement statement = connection.createStatement()) {
            int from = Pragmas.number(connection, "user_version");
            for (String script : scripts.subList(from, version())) {
              statement.executeUpdate(script); // of many statements, triggers among them
            }
            statement.executeUpdate("PRAGMA application_id = " + APPLICATION_ID);
            statement.executeUpdate("PRAGMA user_version = " + version());
            return null;
          }
        });
  }

  /** Whether the database has the tables, checks and triggers of a version, to the letter. */
  boolean hasShape(Connection database, int version) throws SQLException {
    try (Connection fresh = DriverManager.getConnection("jdbc:sqlite::memory:")) {
      new Schema(scripts.subList(0, version)).upgrade(fresh);
      return shape(database).equals(shape(fresh));
    }
  }

  private static List<String> shape(Connection connection) throws SQLException {
    return Pragmas.query(
        connection,
        "SELECT type || ' ' || name || ' ' || tbl_name || ' ' || coalesce(sql, '')"
            + " FROM sqlite_schema ORDER BY type, name");
  }

  private static Schema load(int versions) {
    return new Schema(
        IntStream.rangeClosed(1, versions)
            .mapToObj(version -> read("schema-" + version + ".sql"))
            .toList());
  }

  private static String read(String resource) {
    try (InputStream in = Schema.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException("resource " + resource + " is missing");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
