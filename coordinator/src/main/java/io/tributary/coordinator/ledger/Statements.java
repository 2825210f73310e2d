package io.tributary.coordinator.ledger;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The statements of a {@link SqliteSession}'s one connection. SQLite compiles each text once, at
 * its first use: compiling one anew for every row costs several times what running it does. Used
 * only inside the session's transactions, so under its lock.
 *
 * <p>Texts are constants and values are bound, never written into them: at most {@link
 * #MAX_PREPARED} texts are known.
 */
final class Statements {
  /** More than the tables have: whoever builds texts out of values is found out. */
  static final int MAX_PREPARED = 64;

  private final Connection connection;
  private final Map<String, Prepared> prepared = new HashMap<>();

  private record Prepared(PreparedStatement statement, int parameters) {}

  Statements(Connection connection) {
    this.connection = connection;
  }

  /** Makes a value of a row. */
  @FunctionalInterface
  interface Reader<T> {
    /** Reads the columns in the order in which the statement names them. */
    T read(Row row) throws SQLException;
  }

  /** The columns of a row, one after the other. */
  static final class Row {
    private final ResultSet rows;
    private int column;

    private Row(ResultSet rows) {
      this.rows = rows;
    }

    String text() throws SQLException {
      return present(rows.getString(++column));
    }

    Optional<String> optionalText() throws SQLException {
      return Optional.ofNullable(rows.getString(++column));
    }

    byte[] bytes() throws SQLException {
      return present(rows.getBytes(++column));
    }

    int integer() throws SQLException {
      return rows.getInt(++column);
    }

    long number() throws SQLException {
      return rows.getLong(++column);
    }

    /** The schema lets no such column be empty. */
    private static <T> T present(T value) {
      if (value == null) {
        throw new LedgerFailures.DamagedRowException("a table, which lacks a value,");
      }
      return value;
    }
  }

  /**
   * All rows that a query finds.
   *
   * @param values for its question marks: texts, numbers and bytes
   */
  <T> List<T> all(String sql, Reader<T> reader, Object... values) {
    return read(sql, reader, Integer.MAX_VALUE, values);
  }

  /** The first row that a query finds. */
  <T> Optional<T> first(String sql, Reader<T> reader, Object... values) {
    return read(sql, reader, 1, values).stream().findFirst();
  }

  /**
   * Changes rows.
   *
   * @param values for its question marks: texts, numbers, bytes, and null
   */
  void update(String sql, Object... values) {
    use(sql, values, PreparedStatement::executeUpdate);
  }

  /** Frees what SQLite keeps of them. */
  void close() throws SQLException {
    for (Prepared each : prepared.values()) {
      each.statement().close();
    }
    prepared.clear();
  }

  private <T> List<T> read(String sql, Reader<T> reader, int most, Object... values) {
    return use(
        sql,
        values,
        statement -> {
          List<T> read = new ArrayList<>();
          try (ResultSet rows = statement.executeQuery()) { // open, it would hold the transaction
            while (read.size() < most && rows.next()) {
              read.add(reader.read(new Row(rows)));
            }
          }
          return read;
        });
  }

  /** What is done with a statement. */
  @FunctionalInterface
  private interface Use<T> {
    T of(PreparedStatement statement) throws SQLException;
  }

  private <T> T use(String sql, Object[] values, Use<T> use) {
    try {
      PreparedStatement statement = bound(sql, values);
      return use.of(statement);
    } catch (SQLException e) {
      forget(sql); // what has failed is compiled again
      throw new LedgerFailures.FailedStatementException(e);
    }
  }

  private PreparedStatement bound(String sql, Object[] values) throws SQLException {
    Prepared known = prepared.get(sql);
    if (known == null) {
      known = prepare(sql);
    }
    if (known.parameters() != values.length) { // else one of the last use would be taken
      throw new IllegalArgumentException(
          values.length + " values for " + known.parameters() + " question marks in: " + sql);
    }
    for (int i = 0; i < values.length; i++) {
      bind(known.statement(), i + 1, values[i]);
    }
    return known.statement();
  }

  private Prepared prepare(String sql) throws SQLException {
    if (prepared.size() >= MAX_PREPARED) {
      throw new IllegalStateException("more than " + MAX_PREPARED + " statements, with: " + sql);
    }
    PreparedStatement statement = connection.prepareStatement(sql);
    Prepared made = new Prepared(statement, statement.getParameterMetaData().getParameterCount());
    prepared.put(sql, made);
    return made;
  }

  private static void bind(PreparedStatement statement, int index, Object value)
      throws SQLException {
    if (value instanceof String text) {
      statement.setString(index, text);
    } else if (value instanceof Long number) {
      statement.setLong(index, number);
    } else if (value instanceof Integer number) {
      statement.setInt(index, number);
    } else if (value instanceof byte[] bytes) {
      statement.setBytes(index, bytes);
    } else if (value == null) {
      statement.setNull(index, Types.NULL);
    } else {
      throw new IllegalArgumentException("no column holds a " + value.getClass().getName());
    }
  }

  private void forget(String sql) {
    Prepared failed = prepared.remove(sql);
    if (failed != null) {
      try {
        failed.statement().close();
      } catch (SQLException e) {
        // Its own failure is being told already.
      }
    }
  }
}
