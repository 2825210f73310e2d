package io.tributary.coordinator.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.model.InitialWeights;
import io.tributary.common.model.ModelDescription;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.OutcomeCode;
import io.tributary.common.wire.v1.TaskOffer;
import io.tributary.common.wire.v1.TaskOutcome;
import io.tributary.common.wire.v1.TaskStage;
import io.tributary.common.wire.v1.UploadStatus;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JobRunnerTest {
  @TempDir Path home;

  private static Map<String, RoundRecord.Site> sites(RoundRecord record) {
    return record.sites().stream()
        .collect(Collectors.toMap(RoundRecord.Site::site, Function.identity()));
  }

  private float[] head(World world) {
    ModelDescription description = world.models.description();
    return world.models.weights(description);
  }

  @Test
  void playsAJobFromInitialWeightsToFarewell() {
    World world = new World(home, World.job(2, World.rules(2, 2, 1)));
    ScriptedSite one = new ScriptedSite(world, "one", 0.5f, 100);
    ScriptedSite two = new ScriptedSite(world, "two", -0.25f, 300);
    world.connect(one);
    world.connect(two);

    JobSummary summary = world.play();

    assertThat(summary.outcome()).isEqualTo("completed");
    assertThat(summary.rounds()).isEqualTo(2);
    assertThat(summary.heldOutNatsPerByteFinal()).isEqualTo(2.5);
    assertThat(world.records()).extracting(RoundRecord::round).containsExactly(0, 1, 2);
    assertThat(world.records())
        .extracting(RoundRecord::outcome)
        .containsExactly("initial", "committed", "committed");
    // (100 · 0.5 − 300 · 0.25) / 400 = −0.0625 a round.
    float[] initial = InitialWeights.create(world.job.model().config().layout(), 7);
    float[] trained = head(world);
    for (int i = 0; i < initial.length; i++) {
      float afterOne = (float) (initial[i] - 0.0625);
      assertThat(trained[i]).isEqualTo((float) (afterOne - 0.0625));
    }
    assertThat(world.models.description().digest()).isEqualTo(summary.modelDigest());
    assertThat(one.farewell.getCompleted()).isTrue();
    assertThat(one.outcomes)
        .extracting(TaskOutcome::getCode)
        .hasSize(5)
        .containsOnly(OutcomeCode.OUTCOME_CODE_ACCEPTED);
    assertThat(world.spool).isEmptyDirectory();
  }

  @Test
  void measuresOverheadAsTheTimeInWhichNobodyTrainedOrEvaluated() {
    World world = new World(home, World.job(1, World.rules(1, 1, 1)));
    world.connect(new ScriptedSite(world, "one", 0.5f, 1));
    world.play();
    RoundRecord round = world.records().get(1);
    assertThat(round.seconds())
        .isEqualTo((ScriptedSite.TRAINING_MILLIS + ScriptedSite.EVALUATION_MILLIS) / 1000.0);
    assertThat(round.overheadSeconds()).isEqualTo(0);
    assertThat(round.bytesUp()).isGreaterThan(4L * world.updateValues());
    assertThat(round.bytesDown()).isGreaterThan(4L * world.updateValues());
  }

  @Test
  void eachBadSiteCostsOnlyItselfAndTheRecordSaysWhy() {
    World world = new World(home, World.job(1, World.rules(7, 1, 1)));
    int values = world.updateValues();
    world.connect(new ScriptedSite(world, "good", 0.5f, 10));
    world.connect(new ScriptedSite(world, "not-a-number", Float.NaN, 10));
    world.connect(new ScriptedSite(world, "too-large", 2.5f, 10));
    world.connect(new ScriptedSite(world, "too-heavy", 0.5f, 1_001));
    world.connect(
        new ScriptedSite(world, "wrong-shape", 0, 10).withUpdate(World.delta(values + 1, 0)));
    world.connect(
        new ScriptedSite(world, "unwilling", 0, 10) {
          @Override
          void offered(TaskOffer offer, TaskId task) {
            decline(task, "not at night\n");
          }
        });
    world.connect(
        new ScriptedSite(world, "mute", 0, 10) {
          @Override
          void offered(TaskOffer offer, TaskId task) {}
        });

    JobSummary summary = world.play();

    assertThat(summary.outcome()).isEqualTo("completed");
    Map<String, RoundRecord.Site> sites = sites(world.records().get(1));
    assertThat(sites.get("good").state()).isEqualTo("folded");
    assertThat(sites.get("good").weight()).isEqualTo(10);
    assertThat(sites.get("good").metrics()).containsEntry("training-loss-nats-per-token", 2.0);
    assertThat(sites.get("not-a-number").reason())
        .isEqualTo("value 0 of token.embedding is NaN but must be finite");
    assertThat(sites.get("too-large").reason())
        .isEqualTo("value 0 of token.embedding is 2.5 but update.max-abs is 2.0");
    assertThat(sites.get("too-heavy").reason())
        .isEqualTo("weight is 1001 but must be 1 to update.max-weight, 1000");
    assertThat(sites.get("wrong-shape").reason())
        .contains("update has " + 4 * (values + 1) + " bytes but " + values);
    assertThat(sites.get("unwilling").reason()).isEqualTo("declined by the site: not at night ");
    assertThat(sites.get("mute").state()).isEqualTo("late");
    assertThat(sites.get("mute").reason()).contains("still offered", "deadline of 10000 ms");
    RoundRecord.HeldOut heldOut = world.records().get(1).heldOut();
    assertThat(heldOut.byteCount()).isEqualTo(500);
    assertThat(world.spool).isEmptyDirectory();
    float[] initial = InitialWeights.create(world.job.model().config().layout(), 7);
    assertThat(head(world)[3]).isEqualTo((float) (initial[3] + 0.5));
  }

  @Test
  void aSiteThatComesBackResumesItsUploadAndCounts() {
    World world = new World(home, World.job(1, World.rules(2, 1, 1)));
    world.connect(new ScriptedSite(world, "steady", 0.5f, 10));
    ScriptedSite flaky =
        new ScriptedSite(world, "flaky", 0.25f, 10) {
          private boolean cut;

          @Override
          void uploadStatus(UploadStatus status) {
            if (cut) {
              super.uploadStatus(status);
              return;
            }
            cut = true;
            world().disconnect(name());
            world().later(800, () -> world().connect(this));
          }
        };
    world.connect(flaky);

    world.play();

    RoundRecord.Site record = sites(world.records().get(1)).get("flaky");
    assertThat(record.state()).isEqualTo("folded");
    assertThat(record.rejoins()).isEqualTo(1);
    assertThat(flaky.offers).hasSizeGreaterThanOrEqualTo(3);
    assertThat(flaky.offers.get(1).getKey()).isEqualTo(flaky.offers.get(2).getKey());
  }

  @Test
  void aSiteThatStaysAwayIsDroppedAfterItsGraceAndTakesPartInTheNextRound() {
    World world = new World(home, World.job(2, World.rules(2, 1, 1)));
    world.connect(new ScriptedSite(world, "steady", 0.5f, 10));
    ScriptedSite killed =
        new ScriptedSite(world, "killed", 0.25f, 10) {
          private boolean died;

          @Override
          void offered(TaskOffer offer, TaskId task) {
            if (task.kind() == TaskId.Kind.TRAIN && !died) {
              died = true;
              progress(task, TaskStage.TASK_STAGE_TRAINING);
              world().later(10, () -> world().disconnect(name()));
              world().later(2_500, () -> world().connect(this));
            } else {
              super.offered(offer, task);
            }
          }
        };
    world.connect(killed);

    JobSummary summary = world.play();

    assertThat(summary.outcome()).isEqualTo("completed");
    RoundRecord.Site first = sites(world.records().get(1)).get("killed");
    assertThat(first.state()).isEqualTo("dropped");
    assertThat(first.reason()).contains("disconnected while training");
    assertThat(sites(world.records().get(2)).get("killed").state()).isEqualTo("folded");
  }

  @Test
  void aRepeatedCommitGetsTheSameReceiptEvenAfterTheRound() {
    World world = new World(home, World.job(1, World.rules(1, 1, 1)));
    ScriptedSite insistent =
        new ScriptedSite(world, "insistent", 0.5f, 10) {
          @Override
          void commit(TaskId task) {
            super.commit(task);
            super.commit(task);
            world().later(300, () -> super.commit(task));
          }
        };
    world.connect(insistent);
    world.play();
    List<TaskOutcome> train =
        insistent.outcomes.stream().filter(o -> o.getUpdateDigest().size() > 0).toList();
    assertThat(train).hasSize(3);
    assertThat(train).containsOnly(train.get(0));
    assertThat(train.get(0).getUpdateDigest().toByteArray())
        .isEqualTo(insistent.manifest().digest().bytes());
  }

  @Test
  void anAbortedAttemptKeepsItsUpdatesAndReplacesTheMissingSite() {
    World world = new World(home, World.job(1, World.rules(2, 2, 3)));
    world.connect(new ScriptedSite(world, "a-good", 0.5f, 10));
    ScriptedSite mute =
        new ScriptedSite(world, "b-mute", 0, 10) {
          @Override
          void offered(TaskOffer offer, TaskId task) {
            if (task.kind() == TaskId.Kind.EVALUATE) {
              super.offered(offer, task);
            } else {
              world().later(9_000, () -> world().disconnect(name()));
              world().later(9_500, () -> world().connect(substitute()));
            }
          }

          private ScriptedSite substitute() {
            return new ScriptedSite(world(), "c-substitute", 0.25f, 10);
          }
        };
    world.connect(mute);

    JobSummary summary = world.play();

    assertThat(summary.outcome()).isEqualTo("completed");
    RoundRecord aborted = world.records().get(1);
    assertThat(aborted.outcome()).isEqualTo("aborted");
    assertThat(sites(aborted).get("a-good").state()).isEqualTo("durable");
    RoundRecord committed = world.records().get(2);
    assertThat(committed.attempt()).isEqualTo(2);
    assertThat(sites(committed).get("a-good").attempt()).isEqualTo(1);
    assertThat(sites(committed).get("c-substitute").attempt()).isEqualTo(2);
    assertThat(committed.baseDigest()).isEqualTo(aborted.baseDigest());
  }

  @Test
  void failsWithTheNumbersWhenNobodyComes() {
    World world = new World(home, World.job(1, World.rules(2, 2, 1)));
    JobSummary summary = world.play();
    assertThat(summary.outcome()).isEqualTo("failed");
    assertThat(summary.reason()).isEqualTo("only 0 of at least 2 sites connected within 3000 ms");
    assertThat(summary.seconds()).isEqualTo(3.0);
  }

  @Test
  void stoppingWithdrawsTasksAndSaysFarewell() {
    World world = new World(home, World.job(5, World.rules(1, 1, 1)));
    ScriptedSite one = new ScriptedSite(world, "one", 0.5f, 1);
    world.connect(one);
    world.later(1_500, () -> world.runner.stop("the user stopped it"));
    JobSummary summary = world.play();
    assertThat(summary.outcome()).isEqualTo("stopped");
    assertThat(one.outcomes)
        .extracting(TaskOutcome::getCode)
        .contains(OutcomeCode.OUTCOME_CODE_WITHDRAWN);
    assertThat(one.farewell.getCompleted()).isFalse();
    assertThat(one.farewell.getReason()).isEqualTo("the user stopped it");
  }

  @Test
  void aStopWhileTheModelIsFoldedOrPublishedLetsThatFinishAndRecordsIt() {
    World world = new World(home, World.job(5, World.rules(1, 1, 1)));
    ScriptedSite one =
        new ScriptedSite(world, "one", 0.5f, 1) {
          @Override
          void received(Envelope message) {
            super.received(message);
            if ("aggregating".equals(world().runner.status().phase())) {
              world().runner.stop("the user stopped it");
            }
          }
        };
    world.connect(one);

    JobSummary summary = world.play();

    assertThat(summary.outcome()).isEqualTo("stopped");
    assertThat(summary.rounds()).isEqualTo(1);
    RoundRecord record = world.records().get(1);
    assertThat(record.outcome()).isEqualTo("committed");
    assertThat(record.heldOut().reason()).isEqualTo("not evaluated: the user stopped it");
    assertThat(world.models.description().round()).isEqualTo(1);
    assertThat(world.models.description().digest())
        .isEqualTo(record.modelDigest())
        .isEqualTo(summary.modelDigest());
    assertThat(world.spool).isEmptyDirectory();
    assertThat(one.farewell.getReason()).isEqualTo("the user stopped it");
  }

  @Test
  void aDefectFailsTheJobThatIsOpen() {
    World world = new World(home, World.job(1, World.rules(1, 1, 1)));
    world.connect(new ScriptedSite(world, "one", 0.5f, 1));
    world.later(1_000, () -> world.sendDefect = new IllegalStateException("send is broken"));

    JobSummary summary = world.play();

    assertThat(summary.outcome()).isEqualTo("failed");
    assertThat(summary.reason()).isEqualTo("internal error: send is broken");
  }

  @Test
  void aDefectInWhatFollowsDiskWorkFailsTheJobToo() {
    World world = new World(home, World.job(1, World.rules(1, 1, 1)));
    world.connect(new ScriptedSite(world, "one", 0.5f, 1));
    world.sendDefect = new IllegalStateException("send is broken"); // met when weights are there
    assertThat(world.play().reason()).isEqualTo("internal error: send is broken");
  }

  @Test
  void aJobThatCannotSayFarewellEndsAllTheSame() {
    World world = new World(home, World.job(1, World.rules(1, 1, 1)));
    world.connect(new ScriptedSite(world, "one", 0.5f, 1));
    world.broadcastDefect = new IllegalStateException("send is broken");
    assertThat(world.play().outcome()).isEqualTo("completed");
  }

  @Test
  void aJobThatCannotEvenBeSummedUpDoesNotKeepItsProcessWaiting() {
    World world = new World(home, World.job(1, World.rules(1, 1, 1)));
    world.connect(new ScriptedSite(world, "one", 0.5f, 1));
    world.later(1_000, () -> world.countDefect = new IllegalStateException("count is broken"));
    assertThatThrownBy(world::play).hasRootCauseMessage("count is broken");
  }

  @Test
  void aCommitBeforeAnUploadWasOfferedIsRefusedAtOnce() {
    World world = new World(home, World.job(1, World.rules(2, 1, 1)));
    world.connect(new ScriptedSite(world, "good", 0.5f, 1));
    world.connect(
        new ScriptedSite(world, "hasty", 0.5f, 1) {
          @Override
          void offered(TaskOffer offer, TaskId task) {
            if (task.kind() == TaskId.Kind.TRAIN) {
              accept(task, offer);
              commit(task);
            } else {
              super.offered(offer, task);
            }
          }
        });
    assertThat(world.play().outcome()).isEqualTo("completed");
    assertThat(world.refusedConnections)
        .singleElement()
        .asString()
        .startsWith("hasty: ")
        .endsWith("commit before an upload was offered");
  }

  @Test
  void aSiteThatBreaksTheProtocolIsClosedAndOnlyIt() {
    World world = new World(home, World.job(1, World.rules(2, 1, 1)));
    world.connect(new ScriptedSite(world, "good", 0.5f, 1));
    world.connect(
        new ScriptedSite(world, "hasty", 0.5f, 1) {
          @Override
          void offered(TaskOffer offer, TaskId task) {
            if (task.kind() == TaskId.Kind.TRAIN) {
              report(task, 1, 1);
            } else {
              super.offered(offer, task);
            }
          }
        });
    assertThat(world.play().outcome()).isEqualTo("completed");
    assertThat(world.refusedConnections)
        .containsExactly("hasty: a training task takes no EVALUATION_REPORT from a site");
  }

  @Test
  void aLossThatCannotBeMeasuredIsRefusedAndNotAdded() {
    World world = new World(home, World.job(1, World.rules(2, 2, 1)));
    world.connect(new ScriptedSite(world, "good", 0.5f, 1));
    world.connect(
        new ScriptedSite(world, "liar", 0.5f, 1) {
          @Override
          void report(TaskId task, double nats, long bytes) {
            super.report(task, Double.NaN, bytes);
          }
        });
    JobSummary summary = world.play();
    assertThat(summary.heldOutNatsPerByteFinal()).isEqualTo(2.5);
    assertThat(world.records().get(1).heldOut().sites())
        .filteredOn(site -> site.site().equals("liar"))
        .singleElement()
        .satisfies(site -> assertThat(site.reason()).contains("nats_total is NaN"));
  }

  @Test
  void twoRunsOfTheSameScriptsGiveTheSameRecords() {
    List<List<RoundRecord>> runs =
        List.of("first", "second").stream()
            .map(
                name -> {
                  World world = new World(home.resolve(name), World.job(2, World.rules(2, 1, 1)));
                  for (String site : List.of("x", "y", "z")) {
                    world.connect(new ScriptedSite(world, site, 0.125f, site.charAt(0)));
                  }
                  var unused = world.play();
                  return world.records();
                })
            .toList();
    assertThat(runs.get(1)).isEqualTo(runs.get(0));
  }

  @Test
  void statusShowsEverySiteWithWhatItDoes() {
    World world = new World(home, World.job(1, World.rules(2, 1, 1)));
    world.connect(new ScriptedSite(world, "one", 0.5f, 1));
    world.connect(new ScriptedSite(world, "two", 0.5f, 1));
    JobStatus[] seen = new JobStatus[1];
    world.later(1_000, () -> seen[0] = world.runner.status());
    world.play();
    assertThat(seen[0].state()).isEqualTo("training");
    assertThat(seen[0].phase()).isEqualTo("collecting");
    assertThat(seen[0].sites())
        .contains(new JobStatus.Site("one", true, "training", 1L, 10L, null, 0));
    assertThat(new SiteName("one").value()).isEqualTo(seen[0].sites().get(0).site());
  }
}
