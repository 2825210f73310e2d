package io.tributary.cli.log;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.config.UserErrorException.Kind;
import io.tributary.common.notary.LogFile;
import io.tributary.common.notary.StatementException;
import io.tributary.common.wire.v1.SignedStatement;
import io.tributary.coordinator.ledger.Ledger;
import io.tributary.coordinator.ledger.RunRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Where the entries of one run's transparency log come from. Reading changes nothing. */
public interface LogSource {
  /** Returns where, for messages. */
  String title();

  /**
   * Hands over every entry in order, believed or not.
   *
   * @throws StatementException of {@code entries}, or because there are bytes that are no entry
   */
  void read(LogFile.Entries entries) throws IOException, StatementException;

  /** A site's log, or an exported one. */
  static LogSource of(Path file) {
    return new LogSource() {
      @Override
      public String title() {
        return file.toString();
      }

      @Override
      public void read(LogFile.Entries entries) throws IOException, StatementException {
        if (!Files.isRegularFile(file)) {
          throw new UserErrorException(
              Kind.FAILED,
              file
                  + (Files.exists(file) ? " is not a file" : " does not exist")
                  + ": name a "
                  + LogFile.SUFFIX
                  + " file of a site, or one of `tributary log export`");
        }
        LogFile.read(file, entries);
      }
    };
  }

  /** A run's log in a coordinator's ledger, read page by page. */
  static LogSource of(Ledger ledger, RunRow run) {
    int page = 64;
    return new LogSource() {
      @Override
      public String title() {
        return "the ledger's log of run " + run.runId();
      }

      @Override
      public void read(LogFile.Entries entries) throws StatementException {
        int read = 0;
        List<SignedStatement> next;
        do {
          next = ledger.log(run.runId(), read, page);
          for (SignedStatement entry : next) {
            entries.next(entry);
          }
          read += next.size();
        } while (next.size() == page);
      }
    };
  }
}
