package io.tributary.coordinator.ledger;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One transaction on a connection that the caller has to itself.
 *
 * <p>BEGIN and COMMIT are said in SQL: the driver's own transactions begin the next one as soon as
 * one is committed, and could then fail for something that is durable already.
 */
final class Transaction {
  /** Takes the write lock at once, so that nothing that was read can change before the write. */
  static final String WRITING = "IMMEDIATE";

  /** Sees one state of the ledger, and stops nobody. */
  static final String READING = "DEFERRED";

  private static final Logger log = LoggerFactory.getLogger(Transaction.class);

  private Transaction() {}

  /** What is done in it. */
  @FunctionalInterface
  interface Work<T> {
    /** Does it. */
    T run() throws SQLException;
  }

  /** Commits when the work returns; whatever it throws leaves the ledger as it was. */
  static <T> T run(Connection connection, String mode, Work<T> work) throws SQLException {
    execute(connection, "BEGIN " + mode);
    boolean committed = false;
    try {
      T result = work.run();
      execute(connection, "COMMIT");
      committed = true;
      return result;
    } finally {
      if (!committed) {
        rollBack(connection);
      }
    }
  }

  private static void rollBack(Connection connection) {
    try {
      execute(connection, "ROLLBACK");
    } catch (SQLException e) {
      log.debug("no transaction was left to roll back", e); // SQLite did so by itself
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.executeUpdate(sql);
    }
  }
}
