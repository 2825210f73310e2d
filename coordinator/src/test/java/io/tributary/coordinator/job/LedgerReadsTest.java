package io.tributary.coordinator.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.common.job.RoundRules;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a round reads of the ledger grows with its sites, not with their square. */
class LedgerReadsTest {
  private static final int SITES = 10;
  private static final int ROUNDS = 2;

  @TempDir Path home;

  private World played(RoundRules rules) {
    World world = new World(home, World.job(ROUNDS, rules));
    for (int i = 0; i < SITES; i++) {
      world.connect(new ScriptedSite(world, "site-" + i, 0.5f, 10));
    }
    assertThat(world.play().outcome()).isEqualTo("completed");
    return world;
  }

  @Test
  void anOverSelectedRoundReadsEachCommittedRowOnceAndOnceMoreForItsRecord() {
    World world = played(new RoundRules(5, 2.0, 5, 10_000L, 1_000L, 5_000L, 3_000L, 1));
    assertThat(world.ledgerReads.get("uploads")).isBetween(1, 2 * ROUNDS * SITES);
  }

  @Test
  void aRoundThatIsNotOverSelectedReadsThemForItsRecordOnly() {
    World world = played(World.rules(SITES, SITES, 1));
    assertThat(world.ledgerReads).containsEntry("uploads", ROUNDS * SITES);
  }

  @Test
  void theNewestEntryIsReadOnceForAllSites() {
    World world = played(World.rules(SITES, SITES, 1));
    // Once by whoever writes the next one, once to send it; the first and the last one only once.
    assertThat(world.ledgerReads.get("log")).isBetween(1, 2 * (ROUNDS + 1));
  }
}
