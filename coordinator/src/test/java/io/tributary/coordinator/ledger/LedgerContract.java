package io.tributary.coordinator.ledger;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** What every contract suite needs of an implementation: an empty ledger, and a new start on it. */
abstract class LedgerContract {
  Ledger ledger;

  /** An empty one. */
  abstract Ledger create() throws Exception;

  /** Another one on what this one has left, once it is closed. */
  abstract Ledger reopen(Ledger closed);

  @BeforeEach
  void createLedger() throws Exception {
    ledger = create();
  }

  @AfterEach
  void closeLedger() {
    ledger.close();
  }

  final void restart() {
    ledger.close();
    ledger = reopen(ledger);
  }
}
