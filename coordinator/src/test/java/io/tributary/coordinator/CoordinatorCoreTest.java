package io.tributary.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.JobSpec;
import io.tributary.common.job.LocalTraining;
import io.tributary.common.job.ModelSpec;
import io.tributary.common.job.RoundRules;
import io.tributary.common.job.UpdateRules;
import io.tributary.common.notary.LogEntry;
import io.tributary.common.notary.Notary;
import io.tributary.common.notary.Receipt;
import io.tributary.common.store.CrashMoment;
import io.tributary.common.wire.WireLimits;
import io.tributary.common.wire.v1.SignedStatement;
import io.tributary.coordinator.job.Pace;
import io.tributary.coordinator.ledger.Ledger;
import io.tributary.coordinator.ledger.LedgerException;
import io.tributary.coordinator.ledger.MemoryLedger;
import io.tributary.coordinator.ledger.RunRow;
import io.tributary.coordinator.ledger.RunState;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The core on one queue, with a clock that stands: what jobs become when no site ever comes. */
class CoordinatorCoreTest {
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-03-01T12:00:00Z"), ZoneOffset.UTC);

  /** Signs nothing: these tests look at no signature. */
  private static final class PaperNotary implements Notary {
    @Override
    public SignedStatement sign(Receipt receipt) {
      return SignedStatement.newBuilder().setBody(ByteString.copyFromUtf8("receipt")).build();
    }

    @Override
    public SignedStatement sign(LogEntry entry) {
      return SignedStatement.newBuilder().setBody(ByteString.copyFromUtf8("entry")).build();
    }
  }

  @TempDir Path home;
  private final Deque<Runnable> queue = new ArrayDeque<>();
  private final FakeTimer timer = new FakeTimer();
  private final MemoryLedger ledger = new MemoryLedger();
  private final List<CrashMoment> moments = new ArrayList<>();
  private CoordinatorCore core;

  @BeforeEach
  void start() {
    core = core(ledger, CoordinatorCore.Options.DEFAULT);
  }

  private CoordinatorCore core(Ledger books, CoordinatorCore.Options options) {
    queue.clear();
    CoordinatorCore made =
        new CoordinatorCore(
            home,
            books,
            WireLimits.DEFAULT,
            Pace.DEFAULT,
            options,
            new CoordinatorCore.Ports(
                queue::add,
                timer,
                queue::add,
                CLOCK,
                new PaperNotary(),
                moments::add,
                new Random(7)));
    made.start();
    core = made;
    drain();
    return made;
  }

  private void drain() {
    while (!queue.isEmpty()) {
      Runnable next = queue.remove();
      try {
        next.run();
      } catch (RuntimeException e) {
        core.fail(e);
      }
    }
  }

  private <T> T now(CompletableFuture<T> answer) {
    drain();
    assertThat(answer).isDone();
    try {
      return answer.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  private static JobSpec job(String name) {
    return new JobSpec(
        name,
        3L,
        2,
        null,
        new ModelSpec(null, 256, 4, 1, 2, 8, 4),
        null,
        new LocalTraining(null, 0.1, null, null, null, null, 4, 1, null),
        new RoundRules(2, 1.0, 1, null, null, null, null, null),
        new UpdateRules(2.0, 1_000L, null));
  }

  private Ledger failingAt(String method) {
    return (Ledger)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {Ledger.class},
            (proxy, called, arguments) -> {
              if (called.getName().equals(method)) {
                throw new LedgerException("the ledger's disk is full: make room");
              }
              try {
                return called.invoke(ledger, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private RunState stateOf(String name) {
    return ledger.runs().stream()
        .filter(row -> row.name().equals(name))
        .findFirst()
        .orElseThrow()
        .state();
  }

  @Test
  void aSubmittedJobRunsUnderANameOfItsOwn() {
    JobView view = now(core.jobs().submit(job("first")));
    assertThat(view.state()).isEqualTo("running");
    assertThat(view.runId()).matches("first\\.[0-9a-f]{8}");
    assertThat(view.submittedAt()).isEqualTo("2026-03-01T12:00:00Z");
    assertThat(moments).contains(CrashMoment.RUN_SUBMITTED);
    RunRow row = ledger.runs().get(0);
    assertThat(row.runId()).isEqualTo(view.runId());
    assertThat(row.pseudonymKey().size()).isEqualTo(32);
    assertThat(now(core.jobs().show("first")).status().state()).isEqualTo("evaluating");
    assertThat(home.resolve("runs/first/models/model.json")).exists();
  }

  @Test
  void onlyAsManyRunAsThereAreSlotsAndTheOldestComesNext() {
    core(ledger, CoordinatorCore.Options.DEFAULT.withMaxRunningJobs(2));
    for (String name : List.of("a", "b", "c", "d")) {
      var unused = now(core.jobs().submit(job(name)));
    }
    assertThat(now(core.jobs().list()))
        .extracting(JobView::state)
        .containsExactly("running", "running", "queued", "queued");
    assertThat(now(core.jobs().pause("c")).state()).isEqualTo("paused");
    assertThat(now(core.jobs().stop("a")).state()).isEqualTo("stopped");
    drain();
    assertThat(now(core.jobs().list()))
        .extracting(JobView::state)
        .containsExactly("stopped", "running", "paused", "running");
    assertThat(now(core.jobs().resume("c")).state()).isEqualTo("queued");
  }

  @Test
  void tooManyWaitingJobsAreRefused() {
    core(
        ledger,
        new CoordinatorCore.Options(
            1,
            1,
            false,
            CoordinatorCore.Options.DEFAULT.encryption(),
            false,
            () -> Long.MAX_VALUE));
    var unusedRuns = now(core.jobs().submit(job("a")));
    var unusedWaits = now(core.jobs().submit(job("b")));
    assertThatThrownBy(() -> now(core.jobs().submit(job("c"))))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("1 jobs are waiting and limits.max-queued-jobs is 1");
    assertThat(ledger.runs()).hasSize(2);
  }

  @Test
  void aJobThatDoesNotFitIsNotEvenWrittenDown() {
    core(
        ledger,
        new CoordinatorCore.Options(
            1, 100, false, CoordinatorCore.Options.DEFAULT.encryption(), false, () -> 1_000));
    assertThatThrownBy(() -> now(core.jobs().submit(job("large"))))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("but the home's disk has 1000");
    assertThat(ledger.runs()).isEmpty();
  }

  @Test
  void aCoreThatDiedGoesOnWithWhatRanAndKeepsTheRestInLine() {
    var unusedA = now(core.jobs().submit(job("a")));
    var unusedB = now(core.jobs().submit(job("b")));
    core(ledger, CoordinatorCore.Options.DEFAULT);
    assertThat(now(core.jobs().list()))
        .extracting(JobView::state)
        .containsExactly("running", "queued");
    assertThat(now(core.jobs().show("a")).status().state()).isEqualTo("evaluating");
  }

  @Test
  void theSameJobGoesOnAndAnotherOfItsNameIsRefused() {
    JobView first = now(core.jobs().submitOrGoOn(job("a")));
    assertThat(now(core.jobs().submitOrGoOn(job("a"))).runId()).isEqualTo(first.runId());
    assertThatThrownBy(() -> now(core.jobs().submitOrGoOn(job("a").with(4, 2, job("a").round()))))
        .hasMessageContaining("already has a job a that is not the same as this one, running");
    JobView paused = now(core.jobs().pause("a"));
    assertThat(paused.state()).isEqualTo("paused");
    assertThat(now(core.jobs().submitOrGoOn(job("a"))).state()).isEqualTo("running");
    JobView unusedStopped = now(core.jobs().stop("a"));
    assertThatThrownBy(() -> now(core.jobs().submitOrGoOn(job("a"))))
        .hasMessageContaining("was run already, stopped (stopped by its operator)");
  }

  @Test
  void itIsIdleOnlyWhenEveryJobHasEnded() {
    assertThat(now(core.idle())).isNull();
    var unused = now(core.jobs().submit(job("a")));
    CompletableFuture<Void> idle = core.idle();
    drain();
    assertThat(idle).isNotDone();
    JobView unusedPaused = now(core.jobs().pause("a"));
    drain();
    assertThat(idle).as("a paused job is not done").isNotDone();
    JobView unusedStopped = now(core.jobs().stop("a"));
    assertThat(now(idle)).isNull();
  }

  @Test
  void suspendingLeavesJobsRunningInTheLedgerAndTakesNothingNew() {
    var unused = now(core.jobs().submit(job("a")));
    var unusedQueued = now(core.jobs().submit(job("b")));
    CompletableFuture<Void> idle = core.idle();
    CompletableFuture<?> ended = core.jobs().ended("a");
    core.suspend("test");
    assertThat(now(idle)).isNull();
    assertThat(ended).isCompleted();
    assertThat(stateOf("a")).isEqualTo(RunState.RUNNING);
    assertThat(stateOf("b")).isEqualTo(RunState.QUEUED);
    assertThatThrownBy(() -> now(core.jobs().submit(job("c"))))
        .hasMessageContaining("the coordinator is stopping");
  }

  @Test
  void aLedgerThatFailsOnTheOwnersThreadEndsEverythingAndTheNextStartGoesOn() {
    core(failingAt("setRunState"), CoordinatorCore.Options.DEFAULT);
    assertThatThrownBy(() -> now(core.jobs().submit(job("a")))).isInstanceOf(LedgerException.class);
    assertThat(core.failed()).isCompleted();
    assertThat(core.failed().join()).hasMessageContaining("disk is full");
    assertThat(stateOf("a")).isEqualTo(RunState.QUEUED);

    core(ledger, CoordinatorCore.Options.DEFAULT);
    assertThat(stateOf("a")).isEqualTo(RunState.RUNNING);
  }

  @Test
  void aLedgerThatFailsOnTheDiskPoolEndsEverythingToo() {
    core(failingAt("publishInitial"), CoordinatorCore.Options.DEFAULT);
    var unused = now(core.jobs().submit(job("a")));
    CompletableFuture<Void> idle = core.idle();
    drain();
    assertThat(core.failed()).isCompleted();
    assertThat(core.failed().join())
        .hasMessageContaining("disk is full")
        .hasMessageContaining("nothing that it has confirmed to a site is lost");
    assertThat(idle).isCompletedExceptionally();
    assertThat(stateOf("a")).isEqualTo(RunState.RUNNING);

    core(ledger, CoordinatorCore.Options.DEFAULT);
    assertThat(now(core.jobs().show("a")).status().state()).isEqualTo("evaluating");
  }

  @Test
  void aDefectEndsEverythingAndChangesNothingInTheLedger() {
    var unused = now(core.jobs().submit(job("a")));
    CompletableFuture<?> ended = core.jobs().ended("a");
    core.fail(new IllegalStateException("a defect"));
    drain();
    assertThat(core.failed().join()).hasMessage("a defect");
    assertThat(ended).isCompletedExceptionally();
    assertThat(stateOf("a")).isEqualTo(RunState.RUNNING);
  }
}
