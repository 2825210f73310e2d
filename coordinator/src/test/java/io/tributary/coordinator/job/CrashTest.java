package io.tributary.coordinator.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.tributary.common.job.JobSpec;
import io.tributary.common.job.RoundRules;
import io.tributary.common.job.ServerRules;
import io.tributary.common.notary.LogEntry;
import io.tributary.common.notary.StatementBodies;
import io.tributary.common.notary.StatementException;
import io.tributary.common.store.CrashMoment;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.v1.OutcomeCode;
import io.tributary.common.wire.v1.SignedStatement;
import io.tributary.common.wire.v1.TaskOutcome;
import io.tributary.coordinator.ledger.RunState;
import io.tributary.coordinator.ledger.UploadRow;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A coordinator that dies, at every moment that has a name and at any other. */
class CrashTest {
  private static final int ROUNDS = 3;
  private static final List<String> SITES = List.of("one", "two", "three");

  /** Steps of an uninterrupted run; a test below holds it to be fewer than this. */
  private static final int STEPS = 600;

  @TempDir Path home;

  /** Every site takes part in every round, and what it sends depends on the round. */
  private static final class Play {
    final World world;
    final List<ScriptedSite> sites = new ArrayList<>();
    JobSummary summary;

    Play(Path home, ServerRules server) {
      JobSpec job = World.job(ROUNDS, World.rules(SITES.size(), SITES.size(), 3));
      world = new World(home, job.withServer(server));
      for (String name : SITES) {
        ScriptedSite site =
            new ScriptedSite(world, name, 0, 10L * name.length()) {
              @Override
              void offerUpload(TaskId task) {
                var unused = withUpdate(update(this, task));
                super.offerUpload(task);
              }
            };
        sites.add(site);
        world.connect(site);
      }
    }

    private static java.nio.ByteBuffer update(ScriptedSite site, TaskId task) {
      float delta = task.round() * 0.125f + site.name().value().length() * 0.0625f;
      return World.delta(site.world().updateValues(), delta);
    }

    Play play() {
      summary = world.play();
      return this;
    }
  }

  /** Keeps two vectors of state. */
  private static final ServerRules ADAM =
      new ServerRules(ServerRules.Optimizer.ADAM, 0.1, 0.05, null, null, null, null, null);

  private static final Map<ServerRules, Play> UNINTERRUPTED = new HashMap<>();

  /** The same for every test: a run is a function of its scripts. */
  private static synchronized Play uninterrupted(ServerRules server) {
    return UNINTERRUPTED.computeIfAbsent(
        server,
        rules -> {
          Path root = temporary();
          try {
            return new Play(root, rules).play();
          } finally {
            delete(root);
          }
        });
  }

  private static void checkWhole(Play play, Play whole) {
    World world = play.world;
    String digest = whole.world.headDigest();
    assertThat(world.headDigest()).as("the uninterrupted run's model").isEqualTo(digest);
    assertThat(world.models.description().digest()).isEqualTo(digest);
    assertThat(world.ledger.models(world.run.runId()))
        .as("every model and every optimizer state")
        .isEqualTo(whole.world.ledger.models(whole.world.run.runId()));
    assertThat(world.ledger.run(world.run.runId()).orElseThrow().state())
        .isEqualTo(RunState.COMPLETED);
    assertThat(world.records())
        .extracting(record -> record.round() + "." + record.attempt() + " " + record.outcome())
        .containsExactly("0.1 initial", "1.1 committed", "2.1 committed", "3.1 committed");
    assertThat(play.summary.outcome()).isEqualTo("completed");
    assertThat(play.summary.rounds()).isEqualTo(ROUNDS);
    assertThat(play.summary.heldOutNatsPerByteInitial()).isNotNull();
    checkLog(world);
    play.sites.forEach(site -> checkReceipts(world, site));
  }

  /** Every site's update of every round is in it once, with its weight and digest. */
  private static void checkLog(World world) {
    List<SignedStatement> log = world.ledger.log(world.run.runId(), 0, 100);
    assertThat(log).hasSize(ROUNDS + 1);
    for (int round = 1; round <= ROUNDS; round++) {
      LogEntry entry = entry(log.get(round));
      assertThat(entry.folded()).extracting(LogEntry.Folded::pseudonym).doesNotHaveDuplicates();
      assertThat(entry.folded())
          .extracting(update -> update.updateDigest().hex() + " " + update.weight())
          .containsExactlyInAnyOrderElementsOf(
              world.ledger.uploads(world.run.runId(), round).stream()
                  .filter(row -> row.state() == UploadRow.State.FOLDED)
                  .map(row -> row.digest() + " " + row.weight())
                  .toList())
          .hasSize(SITES.size());
    }
  }

  private static LogEntry entry(SignedStatement statement) {
    try {
      return StatementBodies.entry(statement.getBody());
    } catch (StatementException e) {
      throw new AssertionError(e);
    }
  }

  /** Whatever was accepted is in the model, and was never answered in other words. */
  private static void checkReceipts(World world, ScriptedSite site) {
    Map<TaskId, ByteString> receipts = new HashMap<>();
    for (TaskOutcome outcome : site.outcomes) {
      TaskId task = TaskId.fromProto(outcome.getKey());
      if (task.kind() != TaskId.Kind.TRAIN) {
        continue;
      }
      assertThat(outcome.getCode()).isEqualTo(OutcomeCode.OUTCOME_CODE_ACCEPTED);
      ByteString earlier = receipts.putIfAbsent(task, outcome.toByteString());
      assertThat(outcome.toByteString()).as("the same bytes").isEqualTo(receipts.get(task));
      if (earlier == null) {
        UploadRow row =
            world.ledger.upload(world.run.runId(), task.round(), site.name()).orElseThrow();
        assertThat(row.state()).isEqualTo(UploadRow.State.FOLDED);
        assertThat(row.receipt()).isEqualTo(outcome.getReceipt());
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = CrashMoment.class,
      names = {
        "INITIAL_MODEL_SEALED",
        "INITIAL_MODEL_PUBLISHED",
        "ATTEMPT_OPENED",
        "TASKS_OFFERED",
        "CHUNK_SPOOLED",
        "UPDATE_CHECKED",
        "SPOOL_FORCED",
        "UPLOAD_COMMITTED",
        "RECEIPT_SENT",
        "ATTEMPT_CLOSED",
        "UPDATES_FOLDED",
        "MODEL_SEALED",
        "ROUND_PUBLISHED",
        "HEAD_DESCRIBED",
        "SPOOLS_ERASED",
        "ROUND_RECORDED",
        "RUN_ENDED"
      })
  void dyingAtAnyMomentChangesNothing(CrashMoment moment) {
    dyingAt(moment, ServerRules.DEFAULT);
  }

  @ParameterizedTest
  @EnumSource(
      value = CrashMoment.class,
      names = {
        "ATTEMPT_CLOSED",
        "UPDATES_FOLDED",
        "MODEL_SEALED",
        "ROUND_PUBLISHED",
        "HEAD_DESCRIBED",
        "ROUND_RECORDED"
      })
  void dyingAtAnyMomentOfAFoldLeavesTheOptimizersStateAsItWouldHaveBeen(CrashMoment moment) {
    dyingAt(moment, ADAM);
  }

  private void dyingAt(CrashMoment moment, ServerRules server) {
    Play whole = uninterrupted(server);
    int times = Math.min(4, (int) whole.world.passed.stream().filter(moment::equals).count());
    assertThat(times).as("the run passes %s", moment).isPositive();
    for (int time = 1; time <= times; time++) {
      Play play = new Play(home.resolve("cut-" + time), server);
      play.world.dyingAt(moment, time);
      play.play();
      assertThat(play.world.restarts).isEqualTo(1);
      checkWhole(play, whole);
    }
  }

  @Property(tries = 30)
  void dyingAnywhereAndOftenChangesNothing(
      @ForAll @Size(min = 1, max = 12) Set<@IntRange(min = 1, max = STEPS) Integer> steps,
      @ForAll boolean stateful) {
    Path root = temporary();
    ServerRules server = stateful ? ADAM : ServerRules.DEFAULT;
    try {
      Play whole = uninterrupted(server);
      assertThat(whole.world.steps()).isBetween(STEPS / 2, STEPS);
      Play play = new Play(root.resolve("cut"), server);
      play.world.dyingAfter(new TreeSet<>(steps));
      checkWhole(play.play(), whole);
    } finally {
      delete(root);
    }
  }

  @Property(tries = 20)
  void withMoreSitesThanTheCohortAReceiptStillMeansInclusion(
      @ForAll @Size(min = 1, max = 8) Set<@IntRange(min = 1, max = STEPS) Integer> steps) {
    Path root = temporary();
    try {
      RoundRules rules = new RoundRules(2, 1.5, 1, 10_000L, 1_000L, 5_000L, 3_000L, 3);
      World world = new World(root, World.job(ROUNDS, rules)).dyingAfter(new TreeSet<>(steps));
      List<ScriptedSite> sites =
          SITES.stream().map(name -> new ScriptedSite(world, name, 0.25f, 10)).toList();
      sites.forEach(world::connect);
      var unused = world.play();
      for (int round = 1; round <= ROUNDS; round++) {
        assertThat(world.ledger.uploads(world.run.runId(), round))
            .filteredOn(row -> row.state() == UploadRow.State.FOLDED)
            .hasSizeBetween(1, 2)
            .extracting(UploadRow::site)
            .doesNotHaveDuplicates();
      }
      for (ScriptedSite site : sites) {
        for (TaskOutcome outcome : site.outcomes) {
          if (outcome.hasReceipt()) {
            int round = TaskId.fromProto(outcome.getKey()).round();
            assertThat(world.ledger.upload(world.run.runId(), round, site.name()))
                .hasValueSatisfying(
                    row -> {
                      assertThat(row.state()).isEqualTo(UploadRow.State.FOLDED);
                      assertThat(row.receipt()).isEqualTo(outcome.getReceipt());
                    });
          }
        }
      }
    } finally {
      delete(root);
    }
  }

  @Property(tries = 15)
  void aSiteThatSendsEverythingTwiceToADyingCoordinatorIsCountedOnce(
      @ForAll @Size(min = 1, max = 4) Set<@IntRange(min = 1, max = STEPS) Integer> steps) {
    Path root = temporary();
    try {
      Play whole = uninterrupted(ServerRules.DEFAULT);
      Play play = new Play(root.resolve("cut"), ServerRules.DEFAULT);
      Set<TaskId> asked = new HashSet<>();
      ScriptedSite stubborn = play.sites.get(0);
      play.world.later(1, () -> repeat(play.world, stubborn, asked));
      play.world.dyingAfter(new TreeSet<>(steps));
      checkWhole(play.play(), whole);
    } finally {
      delete(root);
    }
  }

  /** Asks again for every receipt it has, all the time. */
  private static void repeat(World world, ScriptedSite site, Set<TaskId> asked) {
    for (TaskOutcome outcome : List.copyOf(site.outcomes)) {
      TaskId task = TaskId.fromProto(outcome.getKey());
      if (outcome.hasReceipt() && asked.add(task)) {
        site.commit(task);
      }
    }
    if (!world.runner.done().isDone()) {
      world.later(700, () -> repeat(world, site, new HashSet<>()));
    }
  }

  private static Path temporary() {
    try {
      return Files.createTempDirectory("crash-test");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path root) {
    try (var files = Files.walk(root)) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
