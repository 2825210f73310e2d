package io.tributary.coordinator.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.RoundRules;
import io.tributary.common.store.CrashMoment;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.OutcomeCode;
import io.tributary.common.wire.v1.TaskOffer;
import io.tributary.common.wire.v1.TaskOutcome;
import io.tributary.common.wire.v1.TaskStage;
import io.tributary.coordinator.ledger.AttemptRow;
import io.tributary.coordinator.ledger.RunState;
import io.tributary.coordinator.ledger.UploadRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a run keeps and what it does when it is put aside or its coordinator dies. */
class RestartTest {
  @TempDir Path home;

  /** A site that takes every training task and never comes to an end. */
  private static ScriptedSite mute(World world, String name) {
    return new ScriptedSite(world, name, 0, 10) {
      @Override
      void offered(TaskOffer offer, TaskId task) {
        if (task.kind() == TaskId.Kind.TRAIN) {
          accept(task, offer);
          progress(task, TaskStage.TASK_STAGE_TRAINING);
        } else {
          super.offered(offer, task);
        }
      }
    };
  }

  private static List<OutcomeCode> trainingOutcomes(ScriptedSite site) {
    return site.outcomes.stream()
        .filter(outcome -> TaskId.fromProto(outcome.getKey()).kind() == TaskId.Kind.TRAIN)
        .map(TaskOutcome::getCode)
        .toList();
  }

  @Test
  void anAbortedAttemptKeepsUpdatesAndBaseAndReplacesOnlyTheMissingSiteAcrossRestarts() {
    World world = new World(home, World.job(1, World.rules(2, 2, 3)));
    ScriptedSite good = new ScriptedSite(world, "a-good", 0.5f, 10);
    ScriptedSite gone = mute(world, "b-gone");
    world.connect(good);
    world.connect(gone);
    world.later(9_000, () -> world.disconnect(gone.name()));
    world.later(9_050, () -> world.connect(new ScriptedSite(world, "c-substitute", 0.25f, 10)));
    world.dyingAt(CrashMoment.ATTEMPT_ABORTED, 1);

    JobSummary summary = world.play();

    assertThat(summary.outcome()).isEqualTo("completed");
    assertThat(world.restarts).isEqualTo(1);
    assertThat(world.records())
        .extracting(record -> record.round() + "." + record.attempt() + " " + record.outcome())
        .containsExactly("0.1 initial", "1.1 aborted", "1.2 committed");
    RoundRecord aborted = world.records().get(1);
    RoundRecord committed = world.records().get(2);
    assertThat(committed.baseDigest()).isEqualTo(aborted.baseDigest());
    assertThat(aborted.sites())
        .filteredOn(site -> site.site().equals("a-good"))
        .singleElement()
        .satisfies(
            site -> {
              assertThat(site.state()).isEqualTo("durable");
              assertThat(site.metrics()).containsEntry("training-loss-nats-per-token", 2.0);
            });
    assertThat(committed.sites())
        .extracting(site -> site.site() + " " + site.state() + " " + site.attempt())
        .containsExactly("a-good folded 1", "c-substitute folded 2");
    assertThat(trainingOutcomes(good)).containsOnly(OutcomeCode.OUTCOME_CODE_ACCEPTED);
  }

  @Test
  void downtimeDoesNotCountTowardsTheDeadlineAndElapsedTimeDoes() {
    World world = new World(home, World.job(1, World.rules(2, 1, 1)));
    world.connect(new ScriptedSite(world, "good", 0.5f, 10));
    world.connect(mute(world, "mute"));
    long[] started = new long[1];
    long[] downtime = new long[1];
    world.later(5_000, () -> started[0] = elapsed(world));
    world.later(
        5_001,
        () -> {
          long before = world.nowMillis();
          world.sleep(60_000);
          world.restart();
          downtime[0] = world.nowMillis() - before;
        });

    world.play();

    RoundRecord record = world.records().get(1);
    assertThat(record.outcome()).isEqualTo("committed");
    assertThat(record.reason()).startsWith("the deadline of 10000 ms passed with 1 updates");
    assertThat(started[0]).isBetween(3_000L, 5_000L);
    AttemptRow row = world.ledger.attempt(world.run.runId(), 1).orElseThrow();
    assertThat(row.elapsedMillis()).isEqualTo(10_000);
    long whole = world.nowMillis() - downtime[0];
    assertThat(whole).as("all but the downtime").isBetween(10_000L, 13_000L);
  }

  private static long elapsed(World world) {
    return world.ledger.attempt(world.run.runId(), 1).orElseThrow().elapsedMillis();
  }

  @Test
  void aPausedRunWithdrawsItsTasksKeepsItsUpdatesAndGoesOnWhereItStood() {
    World world = new World(home, World.job(1, World.rules(2, 2, 1)));
    ScriptedSite good = new ScriptedSite(world, "good", 0.5f, 10);
    ScriptedSite slow =
        new ScriptedSite(world, "slow", 0.25f, 10) {
          private boolean asked;

          @Override
          void offered(TaskOffer offer, TaskId task) {
            if (task.kind() == TaskId.Kind.EVALUATE || asked) {
              super.offered(offer, task);
            }
            asked |= task.kind() == TaskId.Kind.TRAIN;
          }
        };
    world.connect(good);
    world.connect(slow);
    world.later(3_250, () -> world.runner.pause("its operator wants the night off"));

    JobSummary paused = world.play();

    assertThat(paused.outcome()).isEqualTo("paused");
    assertThat(paused.reason()).isEqualTo("its operator wants the night off");
    assertThat(trainingOutcomes(slow)).containsExactly(OutcomeCode.OUTCOME_CODE_WITHDRAWN);
    AttemptRow row = world.ledger.attempt(world.run.runId(), 1).orElseThrow();
    assertThat(row.phase()).isEqualTo(AttemptRow.Phase.OPEN);
    assertThat(world.ledger.run(world.run.runId()).orElseThrow().state())
        .isEqualTo(RunState.RUNNING);
    assertThat(good.farewell).isNull();

    world.resume();
    JobSummary completed = world.play();

    assertThat(completed.outcome()).isEqualTo("completed");
    assertThat(completed.heldOutNatsPerByteInitial()).isEqualTo(2.5);
    assertThat(world.records())
        .extracting(record -> record.round() + "." + record.attempt() + " " + record.outcome())
        .containsExactly("0.1 initial", "1.1 committed");
    assertThat(trainingOutcomes(good)).containsOnly(OutcomeCode.OUTCOME_CODE_ACCEPTED);
    assertThat(trainingOutcomes(slow))
        .contains(OutcomeCode.OUTCOME_CODE_WITHDRAWN, OutcomeCode.OUTCOME_CODE_ACCEPTED);
  }

  @Test
  void aPauseWhileTheModelIsFoldedWaitsForItAndEvaluatesLater() {
    World world = new World(home, World.job(1, World.rules(1, 1, 1)));
    ScriptedSite one =
        new ScriptedSite(world, "one", 0.5f, 1) {
          @Override
          void received(Envelope message) {
            super.received(message);
            if ("aggregating".equals(world().runner.status().phase())) {
              world().runner.pause("later");
            }
          }
        };
    world.connect(one);
    assertThat(world.play().outcome()).isEqualTo("paused");
    assertThat(world.ledger.head(world.run.runId()).orElseThrow().round()).isEqualTo(1);
    assertThat(world.records()).hasSize(1);
    world.resume();
    assertThat(world.play().outcome()).isEqualTo("completed");
    assertThat(world.records().get(1).heldOut().natsPerByte()).isEqualTo(2.5);
  }

  @Test
  void aSuspendedRunTellsNobodyAndGoesOnInTheNextProcess() {
    World world = new World(home, World.job(1, World.rules(2, 2, 1)));
    ScriptedSite one = new ScriptedSite(world, "one", 0.5f, 10);
    ScriptedSite two = new ScriptedSite(world, "two", 0.5f, 10);
    world.connect(one);
    world.connect(two);
    world.later(1_800, () -> world.runner.suspend("the process was asked to stop"));
    JobSummary suspended = world.play();
    assertThat(suspended.outcome()).isEqualTo("suspended");
    assertThat(one.farewell).isNull();
    assertThat(trainingOutcomes(one)).isEmpty();
    assertThat(world.ledger.attempt(world.run.runId(), 1).orElseThrow().elapsedMillis())
        .as("to the millisecond, not to the last tick")
        .isEqualTo(1_800 - ScriptedSite.EVALUATION_MILLIS);

    world.restart();
    assertThat(world.play().outcome()).isEqualTo("completed");
    assertThat(trainingOutcomes(one)).containsOnly(OutcomeCode.OUTCOME_CODE_ACCEPTED);
    assertThat(one.offers.stream().map(offer -> TaskId.fromProto(offer.getKey())).toList())
        .filteredOn(task -> task.kind() == TaskId.Kind.TRAIN)
        .hasSizeGreaterThan(1)
        .containsOnly(new TaskId(world.run.runId(), 1, 1, TaskId.Kind.TRAIN));
  }

  @Test
  void aSiteThatIsBackBeforeTheSpoolsAreReadKeepsItsUpdate() {
    World world = new World(home, World.job(1, World.rules(2, 2, 1)));
    world.reconnectMillis = 0;
    ScriptedSite one = new ScriptedSite(world, "one", 0.5f, 10);
    world.connect(one);
    world.connect(mute(world, "mute"));
    world.dyingAt(CrashMoment.UPDATE_CHECKED, 1);
    world.later(3_500, () -> world.runner.stop("seen enough"));
    world.play();
    assertThat(world.restarts).isEqualTo(1);
    assertThat(trainingOutcomes(one)).containsOnly(OutcomeCode.OUTCOME_CODE_ACCEPTED);
  }

  @Test
  void aDamagedSpoolStopsTheRestartWithAClearWordAndNothingIsDeleted() throws IOException {
    World world = new World(home, World.job(1, World.rules(2, 2, 1)));
    world.connect(new ScriptedSite(world, "good", 0.5f, 10));
    world.connect(mute(world, "mute"));
    world.later(4_000, () -> world.runner.suspend("stop"));
    world.play();
    Path spool = world.spool.resolve("1.1").resolve("good.part");
    byte[] bytes = Files.readAllBytes(spool);
    bytes[7] ^= 1;
    Files.write(spool, bytes);

    world.restart();
    assertThatThrownBy(world::play)
        .hasCauseInstanceOf(UserErrorException.class)
        .hasMessageContaining("good");
    assertThat(spool).hasBinaryContent(bytes);
    assertThat(world.ledger.run(world.run.runId()).orElseThrow().state())
        .isEqualTo(RunState.RUNNING);
    assertThat(world.ledger.uploads(world.run.runId(), 1))
        .extracting(UploadRow::state)
        .containsExactly(UploadRow.State.COMMITTED);
  }

  @Test
  void aFullDiskCostsASiteItsConnectionAndNotItsUpdate() {
    World world = new World(home, World.job(1, World.rules(1, 1, 1)));
    ScriptedSite one = new ScriptedSite(world, "one", 0.5f, 10);
    world.connect(one);
    world.commitsThatFail = 2;
    assertThat(world.play().outcome()).isEqualTo("completed");
    assertThat(world.closedConnections)
        .hasSize(2)
        .allMatch(line -> line.contains("cannot keep the update: no space left on device"));
    assertThat(trainingOutcomes(one)).containsOnly(OutcomeCode.OUTCOME_CODE_ACCEPTED);
    assertThat(world.records().get(1).sites().get(0).state()).isEqualTo("folded");
  }

  @Test
  void aDiskThatFillsBeforePublicationEndsTheProcessAndNeitherTheAttemptNorTheUpdate() {
    World world = new World(home, World.job(1, World.rules(1, 1, 1)));
    ScriptedSite one = new ScriptedSite(world, "one", 0.5f, 10);
    world.connect(one);
    world.publicationsThatFail = 2;
    assertThat(world.play().outcome()).isEqualTo("completed");
    assertThat(world.restarts).isEqualTo(2);
    assertThat(world.ledger.uploads(world.run.runId(), 1))
        .extracting(UploadRow::state)
        .containsExactly(UploadRow.State.FOLDED);
    assertThat(trainingOutcomes(one)).containsOnly(OutcomeCode.OUTCOME_CODE_ACCEPTED);
    assertThat(world.records())
        .extracting(record -> record.round() + "." + record.attempt() + " " + record.outcome())
        .containsExactly("0.1 initial", "1.1 committed");
  }

  @Test
  void theFirstRowIsTheCohortAlsoWhenTheNewsOfItComesLast() {
    RoundRules rules = new RoundRules(1, 2.0, 1, 10_000L, 1_000L, 5_000L, 3_000L, 1);
    World world = new World(home, World.job(1, rules));
    ScriptedSite first = new ScriptedSite(world, "a-first", 0.5f, 10);
    ScriptedSite second = new ScriptedSite(world, "b-second", 0.25f, 10);
    world.connect(first);
    world.connect(second);
    world.slowNews.put(first.name(), 500);
    world.play();
    assertThat(world.records().get(1).sites())
        .extracting(site -> site.site() + " " + site.state())
        .containsExactly("a-first folded", "b-second late");
    assertThat(trainingOutcomes(first)).containsOnly(OutcomeCode.OUTCOME_CODE_ACCEPTED);
    assertThat(trainingOutcomes(second)).containsOnly(OutcomeCode.OUTCOME_CODE_LATE);
  }

  @Test
  void everySiteHasTheWholeLogHoweverLateItCame() {
    World world = new World(home, World.job(3, World.rules(1, 1, 1)));
    ScriptedSite early = new ScriptedSite(world, "early", 0.5f, 10);
    ScriptedSite late = new ScriptedSite(world, "late", 0.5f, 10);
    world.connect(early);
    world.later(6_500, () -> world.connect(late));
    world.play();
    assertThat(early.entries.keySet()).containsExactly(0, 1, 2, 3);
    assertThat(late.entries).isEqualTo(early.entries);
    assertThat(new ArrayList<>(early.entries.values()))
        .isEqualTo(world.ledger.log(world.run.runId(), 0, 10));
  }

  @Test
  void aRequestForTheLogIsAnsweredInBoundsAndOnlyForThisRun() {
    World world = new World(home, World.job(70, World.rules(1, 1, 1)));
    ScriptedSite early = new ScriptedSite(world, "early", 0.01f, 10);
    world.connect(early);
    world.play();
    int[] sizes = new int[1];
    ScriptedSite late =
        new ScriptedSite(world, "late", 0, 10) {
          @Override
          void received(Envelope message) {
            sizes[0] = Math.max(sizes[0], message.getLogEntries().getEntriesCount());
            super.received(message);
          }
        };
    world.connect(late);
    late.requestLog(world.run.runId(), 0);
    late.requestLog("another.0123abcd", 0);
    late.requestLog(world.run.runId(), -1);
    world.play();
    assertThat(sizes[0]).isEqualTo(EntrySender.MAX_ENTRIES);
    assertThat(late.entries).hasSize(71).isEqualTo(early.entries);
  }

  @Test
  void aSiteThatTrainsOnAfterItsTaskWasWithdrawnIsToldOnce() {
    World world = new World(home, World.job(1, World.rules(1, 1, 2)));
    ScriptedSite chatty = mute(world, "chatty");
    world.connect(chatty);
    TaskId task = new TaskId(world.run.runId(), 1, 1, TaskId.Kind.TRAIN);
    for (int i = 0; i < 20; i++) {
      world.later(10_600 + 10 * i, () -> chatty.progress(task, TaskStage.TASK_STAGE_TRAINING));
    }
    world.later(11_500, () -> world.runner.stop("seen enough"));
    world.play();
    assertThat(
            chatty.outcomes.stream()
                .filter(outcome -> TaskId.fromProto(outcome.getKey()).equals(task)))
        .singleElement()
        .returns(OutcomeCode.OUTCOME_CODE_WITHDRAWN, TaskOutcome::getCode);
  }

  @Test
  void aStoppedRunIsOverForGoodAndKeepsNoUpdates() {
    World world = new World(home, World.job(3, World.rules(2, 2, 1)));
    world.connect(new ScriptedSite(world, "good", 0.5f, 10));
    world.connect(mute(world, "mute"));
    world.later(4_000, () -> world.runner.stop("enough"));
    world.dyingAt(CrashMoment.RUN_ENDED, 1);
    JobSummary summary = world.play();
    assertThat(summary.outcome()).isEqualTo("stopped");
    assertThat(summary.reason()).isEqualTo("enough");
    assertThat(summary.rounds()).isZero();
    assertThat(world.ledger.uploads(world.run.runId(), 1))
        .extracting(UploadRow::state, UploadRow::reason)
        .containsExactly(org.assertj.core.groups.Tuple.tuple(UploadRow.State.DISCARDED, "enough"));
  }
}
