package io.tributary.coordinator.ledger;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The {@link SqliteLedger}'s one connection: who may use it when, and what its failures mean.
 *
 * <p>After damage or a disk's failure nothing more is read or written: what is in SQLite's cache
 * and what is on the disk may differ, and only a new start looks at the disk.
 *
 * <p>Tables may remember rows from one transaction to the next, because nobody else writes. When a
 * transaction is not committed, all that was remembered is forgotten, whoever's it is: so nothing
 * that was rolled back is ever taken for true. A session that only reads forgets after every
 * transaction: there, somebody else does write.
 */
final class SqliteSession {
  private static final Logger log = LoggerFactory.getLogger(SqliteSession.class);

  /** Fair, so that the rounds' owner waits for those before it and not for a thousand uploads. */
  private final ReentrantLock lock = new ReentrantLock(true);

  private final Path file;
  private final boolean readOnly;
  private final Connection connection;
  private final Statements statements;

  @GuardedBy("lock")
  private Runnable forget = () -> {};

  @GuardedBy("lock")
  private boolean closed;

  @GuardedBy("lock")
  private LedgerException broken;

  SqliteSession(Path file, Connection connection, boolean readOnly) {
    this.file = file;
    this.readOnly = readOnly;
    this.connection = connection;
    this.statements = new Statements(connection);
  }

  /** Runs the statements of the transactions below; used only inside them. */
  Statements statements() {
    return statements;
  }

  /** Who remembers rows: called under the lock whenever what they remember may not be true. */
  void onForget(Runnable memory) {
    lock.lock();
    try {
      forget = memory;
    } finally {
      lock.unlock();
    }
  }

  /** One transaction that may write. */
  <T> T write(Supplier<T> work) {
    if (readOnly) {
      throw new IllegalStateException("ledger " + file + " was opened for reading only");
    }
    return transaction(Transaction.WRITING, work);
  }

  /** One transaction that does not. */
  <T> T read(Supplier<T> work) {
    return transaction(Transaction.READING, work);
  }

  void close() {
    lock.lock();
    try {
      if (!closed) {
        closed = true;
        try {
          statements.close();
        } finally {
          connection.close();
        }
      }
    } catch (SQLException e) {
      log.warn("ledger {} was not closed in order; nothing in it is lost", file);
    } finally {
      lock.unlock();
    }
  }

  private <T> T transaction(String mode, Supplier<T> work) {
    lock.lock();
    try {
      return whileLocked(mode, work);
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private <T> T whileLocked(String mode, Supplier<T> work) {
    boolean committed = false;
    try {
      if (closed) {
        throw new IllegalStateException("ledger " + file + " is closed");
      }
      if (broken != null) {
        throw new LedgerException(broken.getMessage(), broken);
      }
      T result = Transaction.run(connection, mode, work::get);
      committed = true;
      return result;
    } catch (LedgerFailures.DamagedRowException e) {
      broken = LedgerFailures.damaged(file, e);
      throw broken;
    } catch (SQLException e) {
      throw failed(e);
    } catch (LedgerFailures.FailedStatementException e) {
      throw failed(e.failure());
    } finally {
      if (!committed || readOnly) {
        forget.run();
      }
    }
  }

  @GuardedBy("lock")
  private RuntimeException failed(SQLException failure) {
    Optional<IllegalStateException> rule = LedgerFailures.brokenRule(failure);
    if (rule.isPresent()) {
      return rule.get();
    }
    LedgerException failed = LedgerFailures.atWork(file, failure);
    if (LedgerFailures.isLasting(failure)) {
      broken = failed;
    }
    return failed;
  }
}
