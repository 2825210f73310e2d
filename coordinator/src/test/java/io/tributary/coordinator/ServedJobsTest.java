package io.tributary.coordinator;

import static io.tributary.coordinator.TlsFederation.PATIENCE_SECONDS;
import static io.tributary.coordinator.TlsFederation.job;
import static io.tributary.coordinator.TlsFederation.now;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.store.CrashPoint;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.WireConnection;
import io.tributary.coordinator.TlsFederation.LoyalSite;
import io.tributary.coordinator.job.JobSummary;
import io.tributary.coordinator.store.SpoolEncryption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Jobs over restarts, in a queue, paused and side by side: the whole coordinator in this process
 * with real TLS, disk and ledger.
 */
class ServedJobsTest {
  @TempDir Path directory;
  private TlsFederation federation;

  @BeforeEach
  void open() {
    federation = new TlsFederation(directory);
  }

  @AfterEach
  void close() throws Exception {
    federation.closeAll();
  }

  private static String digestWithoutInterruption(TlsFederation federation) throws Exception {
    CoordinatorServer server = federation.start("undisturbed", 0, 1);
    JobView unused = now(server.jobs().submit(job("same", 3, 2)));
    LoyalSite a = federation.site("a", server.port(), 0.5f, task -> {});
    LoyalSite b = federation.site("b", server.port(), 0.25f, task -> {});
    JobSummary summary = now(server.jobs().ended("same"));
    a.close();
    b.close();
    server.close();
    assertThat(summary.outcome()).as(summary.toString()).isEqualTo("completed");
    return summary.modelDigest();
  }

  @Test
  void aJobThatIsRestartedInTheMiddleEndsWithTheSameModel() throws Exception {
    String undisturbed = digestWithoutInterruption(federation);
    CountDownLatch inTheMiddle = new CountDownLatch(1);
    CoordinatorServer first = federation.start("home", 0, 1);
    int port = first.port();
    JobView submitted = now(first.jobs().submit(job("same", 3, 2)));
    assertThat(submitted.state()).isEqualTo("running");
    Consumer<TaskId> watch =
        task -> {
          if (task.round() == 2) {
            inTheMiddle.countDown();
          }
        };
    var unusedA = federation.site("a", port, 0.5f, watch);
    var unusedB = federation.site("b", port, 0.25f, watch);
    assertThat(inTheMiddle.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    first.close();
    assertThat(directory.resolve("home/endpoint.json")).doesNotExist();

    CoordinatorServer second = federation.start("home", port, 1);
    assertThat(now(second.jobs().submitOrGoOn(job("same", 3, 2))).runId())
        .isEqualTo(submitted.runId());
    JobSummary summary = now(second.jobs().ended("same"));
    var unusedIdle = now(second.idle());

    assertThat(summary.outcome()).as(summary.toString()).isEqualTo("completed");
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
    CoordinatorServer server = federation.start("home", 0, 1);
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
    var unusedSite = federation.site("a", server.port(), 0.5f, task -> trained.add(task.runId()));
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
    CoordinatorServer first = federation.start("home", 0, 1);
    int port = first.port();
    JobView unusedSubmitted = now(first.jobs().submit(job("held", 2, 2)));
    var unusedA = federation.site("a", port, 0.5f, task -> training.countDown());
    var unusedB = federation.site("b", port, 0.25f, task -> {});
    assertThat(training.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(now(first.jobs().pause("held")).state()).isEqualTo("paused");
    first.close();

    CoordinatorServer second = federation.start("home", port, 1);
    JobView paused = now(second.jobs().show("held")).job();
    assertThat(paused.state()).isEqualTo("paused");
    assertThat(paused.reason()).isEqualTo("paused by its operator");
    assertThat(now(second.jobs().resume("held")).state()).isEqualTo("running");
    assertThat(now(second.jobs().ended("held")).outcome()).isEqualTo("completed");
  }

  @Test
  void aJobThatIsStoppedWhileItIsPausedEndsAndLeavesNoUpdates() throws Exception {
    CountDownLatch training = new CountDownLatch(1);
    CoordinatorServer server = federation.start("home", 0, 1);
    JobView unusedSubmitted = now(server.jobs().submit(job("held", 2, 2)));
    LoyalSite a = federation.site("a", server.port(), 0.5f, task -> {});
    var unusedB = federation.site("b", server.port(), 0.25f, task -> training.countDown());
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
    CoordinatorServer first = federation.start("home", 0, 1);
    int port = first.port();
    JobView unusedSubmitted = now(first.jobs().submit(job("held", 2, 1)));
    LoyalSite away = federation.site("a", port, 0.5f, task -> training.countDown());
    assertThat(training.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    JobView unusedPaused = now(first.jobs().pause("held"));
    away.close();
    JobView unusedStopped = now(first.jobs().stop("held"));
    first.close();

    CoordinatorServer second = federation.start("home", port, 1);
    LoyalSite back = federation.site("a", second.port(), 0.5f, task -> {});
    assertThat(back.farewell.get(PATIENCE_SECONDS, TimeUnit.SECONDS).getReason())
        .isEqualTo("stopped by its operator");
  }

  @Test
  void twoJobsShareTheirSitesAndBothComplete() throws Exception {
    CoordinatorServer server = federation.start("home", 0, 2);
    assertThat(now(server.jobs().submit(job("left", 2, 2))).state()).isEqualTo("running");
    assertThat(now(server.jobs().submit(job("right", 2, 1))).state()).isEqualTo("running");
    var unusedA = federation.site("a", server.port(), 0.5f, task -> {});
    var unusedB = federation.site("b", server.port(), 0.5f, task -> {});
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

  /** Site a's update is durable and site b has not begun when the first coordinator closes. */
  private int stopWithOneUpdate(CoordinatorConfig.Spool spool) throws Exception {
    CoordinatorServer first =
        federation.start("home", 0, 1, spool, CoordinatorServer.StartOptions.DEFAULT);
    JobView unusedSubmitted = now(first.jobs().submit(job("torn", 1, 2)));
    LoyalSite a = federation.site("a", first.port(), 0.5f, task -> {});
    TlsSite mute =
        federation.opened(
            new TlsSite(
                "b", federation.certificates("b"), first.port(), TlsFederation.delta(0.25f)) {
              @Override
              void work(WireConnection connection, TaskId task) {
                if (task.kind() == TaskId.Kind.EVALUATE) {
                  super.work(connection, task);
                }
              }
            });
    var unusedMute = mute.connect();
    a.accepted.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    first.close();
    a.close();
    mute.close();
    return first.port();
  }

  private Path spooled() throws IOException {
    try (Stream<Path> files = Files.walk(directory.resolve("home/runs/torn/spool"))) {
      return files.filter(file -> file.endsWith("a.part")).findFirst().orElseThrow();
    }
  }

  @Test
  void aDamagedUpdateStopsTheStartUntilItsOperatorGivesItUp() throws Exception {
    int port = stopWithOneUpdate(null);
    byte[] update = Files.readAllBytes(spooled());
    update[7] ^= 1;
    Files.write(spooled(), update);

    CoordinatorServer refused = federation.start("home", port, 1);
    UserErrorException why = refused.failed().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    assertThat(why.kind()).isEqualTo(UserErrorException.Kind.REFUSED);
    assertThat(why).hasMessageContaining("--discard-damaged-updates").hasMessageContaining("a");
    refused.close();
    assertThat(spooled()).hasBinaryContent(update);

    CoordinatorServer second =
        federation.start(
            "home", port, 1, null, new CoordinatorServer.StartOptions(true, CrashPoint.NONE));
    var unusedA = federation.site("a", port, 0.5f, task -> {});
    var unusedB = federation.site("b", port, 0.25f, task -> {});
    assertThat(now(second.jobs().ended("torn")).outcome()).isEqualTo("completed");
  }

  @Test
  void encryptedUpdatesSurviveARestartAndTheirKeyDiesWithTheRound() throws Exception {
    Path key = directory.resolve("spool.key");
    SpoolEncryption.createWrappingKey(key, new SecureRandom());
    CoordinatorConfig.Spool encrypted = new CoordinatorConfig.Spool(false, true, key.toString());
    int port = stopWithOneUpdate(encrypted);
    byte[] plain = new byte[TlsFederation.delta(0.5f).remaining()];
    TlsFederation.delta(0.5f).get(plain);
    assertThat(Files.readAllBytes(spooled())).hasSameSizeAs(plain).isNotEqualTo(plain);
    assertThat(directory.resolve("home/runs/torn/keys")).isNotEmptyDirectory();

    CoordinatorServer second =
        federation.start("home", port, 1, encrypted, CoordinatorServer.StartOptions.DEFAULT);
    var unusedB = federation.site("b", port, 0.25f, task -> {});
    assertThat(now(second.jobs().ended("torn")).outcome()).isEqualTo("completed");
    second.close();
    assertThat(directory.resolve("home/runs/torn/keys")).isEmptyDirectory();
    assertThat(directory.resolve("home/runs/torn/spool")).isEmptyDirectory();
  }
}
