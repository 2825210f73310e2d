package io.tributary.cli.log;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.config.UserErrorException.Kind;
import io.tributary.common.notary.LogChain;
import io.tributary.common.notary.LogEntry;
import io.tributary.common.notary.StatementException;
import io.tributary.common.notary.StatementVerifier;
import io.tributary.common.wire.v1.SignedStatement;
import java.io.IOException;

/** Reads a log as far as it holds, and says in words where and why it does not. */
public final class LogCheck {
  private LogCheck() {}

  /** Takes each entry that holds. */
  @FunctionalInterface
  public interface Good {
    /** The next one, in order. */
    void entry(SignedStatement statement, LogEntry entry) throws IOException;
  }

  /**
   * Checks a whole log.
   *
   * @throws UserErrorException of kind FAILED at the first entry that does not hold; those before
   *     it were handed over
   */
  public static LogChain.Summary check(LogSource source, StatementVerifier verifier, Good good) {
    LogChain chain = new LogChain(verifier);
    try {
      source.read(statement -> next(chain, statement, good));
    } catch (StatementException e) {
      throw new UserErrorException(
          Kind.FAILED,
          source.title()
              + " does not hold at entry "
              + chain.nextSequence()
              + ": "
              + e.getMessage()
              + ". "
              + goodPart(chain.nextSequence())
              + ". Nothing was changed: keep it as it is, and compare it with the copies of the"
              + " coordinator and of other sites",
          e);
    } catch (IOException e) {
      throw new UserErrorException(
          Kind.FAILED,
          source.title() + " cannot be read (" + e + "): check the path and its permissions",
          e);
    }
    return chain
        .summary()
        .orElseThrow(
            () ->
                new UserErrorException(
                    Kind.FAILED,
                    source.title()
                        + " has no entries: the run has published no model yet, or the file is"
                        + " empty"));
  }

  private static void next(LogChain chain, SignedStatement statement, Good good)
      throws StatementException {
    LogEntry entry = chain.append(statement);
    try {
      good.entry(statement, entry);
    } catch (IOException e) {
      throw new UserErrorException(
          Kind.FAILED, "the entry cannot be written (" + e + "): make room and try again", e);
    }
  }

  private static String goodPart(int entries) {
    return switch (entries) {
      case 0 -> "No entry of it can be believed";
      case 1 -> "Entry 0 before it holds";
      default -> "Entries 0 to " + (entries - 1) + " before it hold";
    };
  }
}
