package io.tributary.coordinator.ledger;

import java.nio.file.Path;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

class SqliteLedgerTest {
  @TempDir Path home;

  private Ledger open() {
    return SqliteLedger.open(home.resolve("ledger.db"), home.resolve("native"));
  }

  @Nested
  class Runs extends RunContract {
    @Override
    Ledger create() {
      return open();
    }

    @Override
    Ledger reopen(Ledger closed) {
      return open();
    }
  }

  @Nested
  class Uploads extends UploadContract {
    @Override
    Ledger create() {
      return open();
    }

    @Override
    Ledger reopen(Ledger closed) {
      return open();
    }
  }
}
