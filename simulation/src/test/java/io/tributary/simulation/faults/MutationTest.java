package io.tributary.simulation.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.simulation.faults.BrokenBuilds.FoldsBeforeTheCommit;
import io.tributary.simulation.faults.BrokenBuilds.ForgetsUniqueness;
import io.tributary.simulation.faults.BrokenBuilds.ReceiptBeforeTheRow;
import io.tributary.simulation.faults.BrokenBuilds.SkipsTheFsync;
import io.tributary.simulation.faults.BrokenBuilds.SkipsTheFsyncOfModelDirectories;
import io.tributary.simulation.faults.BrokenBuilds.SkipsTheFsyncOfOptimizerStates;
import io.tributary.simulation.faults.BrokenBuilds.SkipsTheFsyncOfSpools;
import io.tributary.simulation.faults.Violation.Promise;
import java.util.EnumSet;
import org.junit.jupiter.api.Test;

/**
 * The promises bite: each mistake is found within {@value #SCHEDULES} schedules, and by the promise
 * that it breaks. {@link SimulationTest} plays the same seeds without the mistakes.
 */
class MutationTest {
  private static final int SCHEDULES = 1_000;

  /** Plays the first seeds until one breaks this promise; a mistake may break others as well. */
  private static void assertBreaks(Promise promise, Build build) {
    EnumSet<Promise> broken = EnumSet.noneOf(Promise.class);
    for (long seed = 1; seed <= SCHEDULES; seed++) {
      Verdict verdict = Simulation.run(Schedule.of(seed), build, 0);
      if (verdict.violation().isPresent()) {
        assertThat(Simulation.run(seed).violation()).as("seed %d without it", seed).isEmpty();
        broken.add(verdict.violation().get().promise());
      }
      if (broken.contains(promise)) {
        return;
      }
    }
    throw new AssertionError("not found: only " + broken);
  }

  @Test
  void aSkippedFsyncIsFound() {
    assertBreaks(Promise.HEAD_EXISTS, new SkipsTheFsync());
  }

  @Test
  void aFoldBeforeTheCommitIsFound() {
    assertBreaks(Promise.RECEIPT_HAS_ROW, new FoldsBeforeTheCommit());
  }

  @Test
  void aForgottenUniquenessRuleIsFound() {
    assertBreaks(Promise.FOLDED_ONCE, new ForgetsUniqueness());
  }

  @Test
  void aReceiptBeforeTheRowIsFound() {
    assertBreaks(Promise.RECEIPT_HAS_ROW, new ReceiptBeforeTheRow());
  }

  @Test
  void aSkippedFsyncOfReceivedUpdatesIsFound() {
    assertBreaks(Promise.ACCEPTED_NOT_LOST, new SkipsTheFsyncOfSpools());
  }

  @Test
  void aSkippedFsyncOfTheOptimizersStateIsFound() {
    assertBreaks(Promise.HEAD_EXISTS, new SkipsTheFsyncOfOptimizerStates());
  }

  @Test
  void aSkippedFsyncOfTheModelDirectoryIsFound() {
    assertBreaks(Promise.HEAD_EXISTS, new SkipsTheFsyncOfModelDirectories());
  }
}
