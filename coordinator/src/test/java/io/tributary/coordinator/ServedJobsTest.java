package io.tributary.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.certs.CertificateAuthority;
import io.tributary.certs.HostNames;
import io.tributary.certs.Validity;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.JobSpec;
import io.tributary.common.job.LocalTraining;
import io.tributary.common.job.ModelSpec;
import io.tributary.common.job.RoundRules;
import io.tributary.common.job.UpdateRules;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.WireConnection;
import io.tributary.common.wire.v1.TaskOffer;
import io.tributary.coordinator.job.JobSummary;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Jobs over restarts, in a queue, paused and side by side: the whole coordinator in this process
 * with real TLS, disk and ledger.
 */
class ServedJobsTest {
  private static final long PATIENCE_SECONDS = 120;
  private static final ModelSpec MODEL = new ModelSpec(null, 256, 16, 1, 2, 32, 16);

  @TempDir Path directory;
  private CertificateAuthority authority;
  private final List<AutoCloseable> opened = new ArrayList<>();

  @BeforeEach
  void makeAuthority() {
    authority =
        new CertificateAuthority(
            directory.resolve("authority"), Clock.systemUTC(), Validity.DEFAULT);
    var unused = authority.init(HostNames.LOCAL, false);
  }

  @AfterEach
  void closeAll() throws Exception {
    for (int i = opened.size() - 1; i >= 0; i--) {
      opened.get(i).close();
    }
  }

  private static JobSpec job(String name, int rounds, int cohort) {
    return new JobSpec(
        name,
        11L,
        rounds,
        null,
        MODEL,
        null,
        new LocalTraining(null, 0.1, null, null, null, null, 4, 1, null),
        new RoundRules(cohort, 1.0, cohort, 60_000L, 30_000L, 20_000L, 60_000L, 1),
        new UpdateRules(2.0, 1_000L, null));
  }

  private CoordinatorServer start(String home, int port, int runningJobs) {
    CoordinatorServer server =
        CoordinatorServer.start(
            new CoordinatorConfig(
                new CoordinatorConfig.Listen("127.0.0.1", port),
                directory.resolve(home).toString(),
                CoordinatorConfig.TlsFiles.in(directory.resolve("authority").toString()),
                new CoordinatorConfig.Admin(0),
                new CoordinatorConfig.Limits(null, null, null, null, null, runningJobs, null),
                null),
            CoordinatorServer.StartOptions.DEFAULT,
            Clock.systemUTC());
    opened.add(server);
    return server;
  }

  private static <T> T now(CompletableFuture<T> answer) {
    try {
      return answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UserErrorException user) {
        throw user;
      }
      throw new AssertionError(e);
    } catch (InterruptedException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  /** Comes back whenever it loses its connection, and hears of every training task. */
  private final class LoyalSite extends TlsSite {
    private final Consumer<TaskId> onTraining;
    private final AtomicBoolean over = new AtomicBoolean();

    LoyalSite(String name, int port, float value, Consumer<TaskId> onTraining) {
      super(name, certificates(name), port, delta(value));
      this.onTraining = onTraining;
    }

    @Override
    void offered(WireConnection connection, TaskOffer offer) {
      TaskId task = TaskId.fromProto(offer.getKey());
      if (task.kind() == TaskId.Kind.TRAIN) {
        onTraining.accept(task);
      }
      super.offered(connection, offer);
    }

    @Override
    public void closed(WireConnection connection, String reason) {
      redial();
    }

    private void redial() {
      if (!over.get()) {
        var unused =
            dial()
                .whenComplete(
                    (connection, failure) -> {
                      if (failure != null) {
                        CompletableFuture.delayedExecutor(50, TimeUnit.MILLISECONDS)
                            .execute(this::redial);
                      }
                    });
      }
    }

    @Override
    public void close() {
      over.set(true);
      super.close();
    }
  }

  private Path certificates(String site) {
    SiteName name = new SiteName(site);
    if (!Files.exists(authority.siteDirectory(name))) {
      var unused = authority.issueSite(name, false);
    }
    return authority.siteDirectory(name);
  }

  private LoyalSite site(String name, int port, float value, Consumer<TaskId> onTraining)
      throws Exception {
    LoyalSite site = new LoyalSite(name, port, value, onTraining);
    opened.add(site);
    var unused = site.connect();
    return site;
  }

  private static ByteBuffer delta(float value) {
    int values = MODEL.transformer().layout().trainableCount();
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(values * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < values; i++) {
      bytes.putFloat(value);
    }
    return bytes.flip();
  }

  private static String digestWithoutInterruption(ServedJobsTest test) throws Exception {
    CoordinatorServer server = test.start("undisturbed", 0, 1);
    JobView unused = now(server.jobs().submit(job("same", 3, 2)));
    LoyalSite a = test.site("a", server.port(), 0.5f, task -> {});
    LoyalSite b = test.site("b", server.port(), 0.25f, task -> {});
    JobSummary summary = now(server.jobs().ended("same"));
    a.close();
    b.close();
    server.close();
    assertThat(summary.outcome()).isEqualTo("completed");
    return summary.modelDigest();
  }

  @Test
  void aJobThatIsRestartedInTheMiddleEndsWithTheSameModel() throws Exception {
    String undisturbed = digestWithoutInterruption(this);
    CountDownLatch inTheMiddle = new CountDownLatch(1);
    CoordinatorServer first = start("home", 0, 1);
    int port = first.port();
    JobView submitted = now(first.jobs().submit(job("same", 3, 2)));
    assertThat(submitted.state()).isEqualTo("running");
    Consumer<TaskId> watch =
        task -> {
          if (task.round() == 2) {
            inTheMiddle.countDown();
          }
        };
    var unusedA = site("a", port, 0.5f, watch);
    var unusedB = site("b", port, 0.25f, watch);
    assertThat(inTheMiddle.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    first.close();
    assertThat(directory.resolve("home/endpoint.json")).doesNotExist();

    CoordinatorServer second = start("home", port, 1);
    assertThat(now(second.jobs().submitOrGoOn(job("same", 3, 2))).runId())
        .isEqualTo(submitted.runId());
    JobSummary summary = now(second.jobs().ended("same"));
    var unusedIdle = now(second.idle());

    assertThat(summary.outcome()).isEqualTo("completed");
    assertThat(summary.rounds()).isEqualTo(3);
    assertThat(summary.modelDigest()).isEqualTo(undisturbed);
    assertThat(Path.of(summary.modelDirectory()).resolve(summary.modelDigest() + ".f32")).exists();
    assertThat(directory.resolve("home/runs/same/spool")).isEmptyDirectory();
    assertThatThrownBy(() -> now(second.jobs().submitOrGoOn(job("same", 3, 2))))
        .isInstanceOfSatisfying(
            UserErrorException.class,
            e -> assertThat(e.kind()).isEqualTo(UserErrorException.Kind.REFUSED))
        .hasMessageContaining("was run already, completed");
  }

  @Test
  void aSecondJobWaitsForItsTurnAndANameIsTakenOnce() throws Exception {
    CoordinatorServer server = start("home", 0, 1);
    JobView unusedFirst = now(server.jobs().submit(job("first", 1, 1)));
    assertThat(now(server.jobs().submit(job("second", 1, 1))).state()).isEqualTo("queued");
    assertThatThrownBy(() -> now(server.jobs().submit(job("first", 2, 1))))
        .isInstanceOfSatisfying(
            UserErrorException.class,
            e -> assertThat(e.kind()).isEqualTo(UserErrorException.Kind.REFUSED))
        .hasMessageContaining("already has a job first, running: give the new one another name");
    assertThatThrownBy(() -> now(server.jobs().show("third")))
        .hasMessageContaining("there is no job third here");
    List<String> trained = new ArrayList<>();
    var unusedSite = site("a", server.port(), 0.5f, task -> trained.add(task.runId()));
    var unused = now(server.idle());
    List<JobView> jobs = now(server.jobs().list());
    assertThat(jobs).extracting(JobView::job).containsExactly("first", "second");
    assertThat(jobs).extracting(JobView::state).containsOnly("completed");
    assertThat(trained).containsExactly(jobs.get(0).runId(), jobs.get(1).runId());
    assertThat(now(server.jobs().status()).run()).isEqualTo("second");
    assertThat(now(server.jobs().show("first")).status().history()).hasSize(2);
  }

  @Test
  void aPausedJobStandsStillOverARestartUntilItIsResumed() throws Exception {
    CountDownLatch training = new CountDownLatch(1);
    CoordinatorServer first = start("home", 0, 1);
    int port = first.port();
    JobView unusedSubmitted = now(first.jobs().submit(job("held", 2, 2)));
    var unusedA = site("a", port, 0.5f, task -> training.countDown());
    var unusedB = site("b", port, 0.25f, task -> {});
    assertThat(training.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(now(first.jobs().pause("held")).state()).isEqualTo("paused");
    first.close();

    CoordinatorServer second = start("home", port, 1);
    JobView paused = now(second.jobs().show("held")).job();
    assertThat(paused.state()).isEqualTo("paused");
    assertThat(paused.reason()).isEqualTo("paused by its operator");
    assertThat(now(second.jobs().resume("held")).state()).isEqualTo("running");
    assertThat(now(second.jobs().ended("held")).outcome()).isEqualTo("completed");
  }

  @Test
  void aJobThatIsStoppedWhileItIsPausedEndsAndLeavesNoUpdates() throws Exception {
    CountDownLatch training = new CountDownLatch(1);
    CoordinatorServer server = start("home", 0, 1);
    JobView unusedSubmitted = now(server.jobs().submit(job("held", 2, 2)));
    LoyalSite a = site("a", server.port(), 0.5f, task -> {});
    var unusedB = site("b", server.port(), 0.25f, task -> training.countDown());
    assertThat(training.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    JobView unusedPaused = now(server.jobs().pause("held"));
    assertThat(now(server.jobs().stop("held")).state()).isEqualTo("stopped");
    assertThat(a.farewell.get(PATIENCE_SECONDS, TimeUnit.SECONDS).getReason())
        .isEqualTo("stopped by its operator");
    assertThatThrownBy(() -> now(server.jobs().resume("held"))).hasMessageContaining("has ended");
    assertThat(now(server.jobs().ended("held")).outcome()).isEqualTo("stopped");
    server.close();
    assertThat(directory.resolve("home/runs/held/spool")).isEmptyDirectory();
  }

  @Test
  void aSiteThatWasAwayForTheEndHearsOfItFromTheNextProcess() throws Exception {
    CountDownLatch training = new CountDownLatch(1);
    CoordinatorServer first = start("home", 0, 1);
    int port = first.port();
    JobView unusedSubmitted = now(first.jobs().submit(job("held", 2, 1)));
    LoyalSite away = site("a", port, 0.5f, task -> training.countDown());
    assertThat(training.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    JobView unusedPaused = now(first.jobs().pause("held"));
    away.close();
    JobView unusedStopped = now(first.jobs().stop("held"));
    first.close();

    CoordinatorServer second = start("home", port, 1);
    LoyalSite back = site("a", second.port(), 0.5f, task -> {});
    assertThat(back.farewell.get(PATIENCE_SECONDS, TimeUnit.SECONDS).getReason())
        .isEqualTo("stopped by its operator");
  }

  @Test
  void twoJobsShareTheirSitesAndBothComplete() throws Exception {
    CoordinatorServer server = start("home", 0, 2);
    assertThat(now(server.jobs().submit(job("left", 2, 2))).state()).isEqualTo("running");
    assertThat(now(server.jobs().submit(job("right", 2, 1))).state()).isEqualTo("running");
    var unusedA = site("a", server.port(), 0.5f, task -> {});
    var unusedB = site("b", server.port(), 0.5f, task -> {});
    var unused = now(server.idle());
    JobSummary left = now(server.jobs().ended("left"));
    JobSummary right = now(server.jobs().ended("right"));
    assertThat(left.outcome()).as(left.reason()).isEqualTo("completed");
    assertThat(right.outcome()).as(right.reason()).isEqualTo("completed");
    assertThat(left.bytesUp()).isPositive();
    assertThat(right.bytesUp()).isPositive();
    // Both have moved every weight by 0.5 twice, from the same start.
    assertThat(left.modelDigest()).isEqualTo(right.modelDigest());
  }
}
