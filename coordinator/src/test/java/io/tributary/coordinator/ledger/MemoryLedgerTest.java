package io.tributary.coordinator.ledger;

import org.junit.jupiter.api.Nested;

class MemoryLedgerTest {
  @Nested
  class Runs extends RunContract {
    @Override
    Ledger create() {
      return new MemoryLedger();
    }

    @Override
    Ledger reopen(Ledger closed) {
      return closed;
    }
  }

  @Nested
  class Uploads extends UploadContract {
    @Override
    Ledger create() {
      return new MemoryLedger();
    }

    @Override
    Ledger reopen(Ledger closed) {
      return closed;
    }
  }
}
