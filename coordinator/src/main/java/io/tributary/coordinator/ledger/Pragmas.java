package io.tributary.coordinator.ledger;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** Reads and sets SQLite's switches. */
final class Pragmas {
  private Pragmas() {}

  /** The number that a pragma answers with. */
  static int number(Connection connection, String pragma) throws SQLException {
    return Integer.parseInt(lines(connection, pragma).get(0));
  }

  /** Sets a switch, whatever it answers with. */
  static void set(Connection connection, String pragma, Object value) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA " + pragma + " = " + value);
    }
  }

  /** All that a pragma answers with. */
  static List<String> lines(Connection connection, String pragma) throws SQLException {
    return query(connection, "PRAGMA " + pragma);
  }

  /** The first column of a query. */
  static List<String> query(Connection connection, String sql) throws SQLException {
    List<String> lines = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        lines.add(rows.getString(1));
      }
    }
    return lines;
  }
}
