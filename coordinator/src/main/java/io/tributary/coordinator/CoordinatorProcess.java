package io.tributary.coordinator;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.JobSpec;
import io.tributary.coordinator.job.JobSummary;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A {@link CoordinatorServer} from the first line of a process to its last: {@code tributary
 * coordinator start}. Ctrl-C and SIGTERM stop it in order; its jobs go on at the next start.
 */
public final class CoordinatorProcess {
  private static final Logger LOG = LoggerFactory.getLogger(CoordinatorProcess.class);

  /** Each of the server's parts has its own bound; the system may kill what takes longer. */
  private static final long SIGNAL_TIMEOUT_MILLIS = 3 * CoordinatorServer.STOP_TIMEOUT_MILLIS;

  private CoordinatorProcess() {}

  /**
   * Runs a coordinator.
   *
   * @param job is submitted, or gone on with, and the process ends when every job of the home has
   *     ended; none: the process serves until it is told to stop
   * @param started hears of the running server, for a first line of output
   * @return how the job ended; nothing without one
   * @throws UserErrorException as {@link CoordinatorServer#start} and {@link JobDesk#submitOrGoOn}
   *     do, and when no job can go on
   */
  public static Optional<JobSummary> run(
      CoordinatorConfig config,
      CoordinatorServer.StartOptions options,
      Optional<JobSpec> job,
      Clock clock,
      Consumer<CoordinatorServer> started) {
    CountDownLatch ended = new CountDownLatch(1);
    CompletableFuture<Void> told = new CompletableFuture<>();
    CoordinatorServer server = CoordinatorServer.start(config, options, clock);
    Thread onSignal =
        new Thread(
            () -> {
              told.complete(null);
              awaitQuietly(ended);
            },
            "coordinator-signal");
    try {
      Runtime.getRuntime().addShutdownHook(onSignal);
      started.accept(server);
      CompletableFuture<JobSummary> end =
          job.map(spec -> endOf(server, spec)).orElseGet(CompletableFuture::new);
      CompletableFuture<Void> done = end.thenCompose(summary -> server.idle());
      CompletableFuture<Void> failure =
          server
              .failed()
              .thenAccept(
                  cause -> {
                    throw cause;
                  });
      var unusedFirst = CompletableFuture.anyOf(done, failure, told).join();
      server.close(); // jobs that are not done are suspended
      return end.isDone() ? Optional.of(end.join()) : Optional.empty();
    } catch (CompletionException e) {
      throw CoordinatorServer.explained(e);
    } finally {
      server.close();
      ended.countDown();
      removeQuietly(onSignal);
    }
  }

  private static CompletableFuture<JobSummary> endOf(CoordinatorServer server, JobSpec job) {
    JobDesk jobs = server.jobs();
    return jobs.submitOrGoOn(job).thenCompose(view -> jobs.ended(view.job()));
  }

  private static void awaitQuietly(CountDownLatch ended) {
    try {
      if (!ended.await(SIGNAL_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)) {
        LOG.warn("did not stop in order within {} ms", SIGNAL_TIMEOUT_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void removeQuietly(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      LOG.debug("the process is ending already");
    }
  }
}
