package io.tributary.coordinator.ledger;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.config.UserErrorException.Kind;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Optional;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * What people are told when the ledger's file cannot be used: what is wrong, and what is safe to
 * do.
 */
final class LedgerFailures {
  private static final int PRIMARY_CODE_BITS = 0xff;

  private static final String RESTORE =
      "stop the coordinator, keep a copy of the home, and restore FILE together with FILE-wal from"
          + " one backup, or choose another `home`; the models under runs/ are separate files and"
          + " stay valid. Nothing was deleted";

  private LedgerFailures() {}

  /** A row does not say what was written into it. */
  static final class DamagedRowException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    DamagedRowException(String row) {
      super("the row of " + row + " is damaged");
    }

    DamagedRowException(String row, Throwable cause) {
      super("the row of " + row + " is damaged", cause);
    }
  }

  /** A statement failed: {@link SqliteSession} says what that means. */
  static final class FailedStatementException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final SQLException failure;

    FailedStatementException(SQLException failure) {
      super(failure);
      this.failure = failure;
    }

    SQLException failure() {
      return failure;
    }
  }

  /** The ledger cannot be opened. */
  static UserErrorException atOpen(Path file, SQLException failure) {
    SQLiteErrorCode code = code(failure);
    return new UserErrorException(
        isDamage(code) ? Kind.REFUSED : Kind.FAILED, sentence(file, code), failure);
  }

  /** The ledger was opened, and fails now. */
  static LedgerException atWork(Path file, SQLException failure) {
    return new LedgerException(sentence(file, code(failure)), failure);
  }

  /** A row was read that is not as it was written. */
  static LedgerException damaged(Path file, DamagedRowException failure) {
    return new LedgerException(damagedSentence(file, failure.getMessage()), failure);
  }

  /** The check at opening found something. */
  static UserErrorException damaged(Path file, String finding) {
    return new UserErrorException(Kind.REFUSED, damagedSentence(file, finding));
  }

  /** The file is no ledger. */
  static UserErrorException notALedger(Path file, String why) {
    return new UserErrorException(
        Kind.REFUSED,
        file
            + " is not a coordinator's ledger ("
            + why
            + "): choose another `home` in the configuration, or put the ledger back from a"
            + " backup. Nothing was changed");
  }

  /** The file was written by a later version of this program. */
  static UserErrorException newerSchema(Path file, int version, int known) {
    return new UserErrorException(
        Kind.REFUSED,
        "ledger "
            + file
            + " has schema version "
            + version
            + ", but this program knows versions up to "
            + known
            + ": use the newer program that wrote it. Nothing was changed");
  }

  /** The main file is empty, or only its log of newest changes is there. */
  static UserErrorException bodyMissing(Path file, boolean exists) {
    return new UserErrorException(
        Kind.REFUSED,
        "ledger "
            + file
            + (exists ? " is empty" : " is missing")
            + ", which no crash of a coordinator brings about: restore FILE together with FILE-wal"
                .replace("FILE", name(file))
            + " from one backup, or choose another `home`. Nothing was changed or deleted");
  }

  /** A defect: the schema refused what the order rules let pass. */
  static Optional<IllegalStateException> brokenRule(SQLException failure) {
    return primary(code(failure)) == SQLiteErrorCode.SQLITE_CONSTRAINT.code
        ? Optional.of(new IllegalStateException("the ledger's schema refuses this", failure))
        : Optional.empty();
  }

  /** Whether going on could make it worse: only a new start with its checks may. */
  static boolean isLasting(SQLException failure) {
    SQLiteErrorCode code = code(failure);
    return isDamage(code) || primary(code) == SQLiteErrorCode.SQLITE_IOERR.code;
  }

  private static boolean isDamage(SQLiteErrorCode code) {
    return primary(code) == SQLiteErrorCode.SQLITE_CORRUPT.code
        || primary(code) == SQLiteErrorCode.SQLITE_NOTADB.code;
  }

  private static String sentence(Path file, SQLiteErrorCode code) {
    int primary = primary(code);
    if (primary == SQLiteErrorCode.SQLITE_CORRUPT.code) {
      return damagedSentence(file, code.name());
    }
    if (primary == SQLiteErrorCode.SQLITE_NOTADB.code) {
      return notALedger(file, "it is no SQLite database, or its first page is damaged")
          .getMessage();
    }
    if (primary == SQLiteErrorCode.SQLITE_FULL.code) {
      return "ledger "
          + file
          + " cannot grow: its disk is full. Free some space and start again; nothing that was"
          + " written before is lost";
    }
    if (primary == SQLiteErrorCode.SQLITE_READONLY.code
        || primary == SQLiteErrorCode.SQLITE_CANTOPEN.code
        || primary == SQLiteErrorCode.SQLITE_PERM.code) {
      return "ledger "
          + file
          + " cannot be opened for this purpose ("
          + code
          + "): let this user read and write the file and its directory, on a file system that is"
          + " not read-only. Nothing was changed";
    }
    if (primary == SQLiteErrorCode.SQLITE_BUSY.code
        || primary == SQLiteErrorCode.SQLITE_LOCKED.code) {
      return "ledger "
          + file
          + " is locked by another program: end that program and start again. Nothing was changed";
    }
    return "ledger "
        + file
        + " cannot be read or written ("
        + code.name()
        + "): look at the disk and the system's log, then start again; what was written before is"
        + " still there";
  }

  private static String damagedSentence(Path file, String finding) {
    return "ledger "
        + file
        + " is damaged ("
        + finding
        + "): "
        + RESTORE.replace("FILE", name(file));
  }

  private static String name(Path file) {
    return String.valueOf(file.getFileName());
  }

  private static SQLiteErrorCode code(SQLException failure) {
    return failure instanceof SQLiteException sqlite
        ? sqlite.getResultCode()
        : SQLiteErrorCode.SQLITE_ERROR;
  }

  private static int primary(SQLiteErrorCode code) {
    return code.code & PRIMARY_CODE_BITS;
  }
}
