package io.tributary.coordinator;

import com.google.protobuf.ByteString;
import io.netty.handler.ssl.SslContext;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.JobSpec;
import io.tributary.common.notary.LogEntry;
import io.tributary.common.notary.Notary;
import io.tributary.common.notary.Receipt;
import io.tributary.common.notary.StatementBodies;
import io.tributary.common.store.CrashPoint;
import io.tributary.common.tls.CertificateRole;
import io.tributary.common.tls.TlsContexts;
import io.tributary.common.tls.TlsMaterial;
import io.tributary.common.tls.TlsProvider;
import io.tributary.common.wire.WireLimits;
import io.tributary.common.wire.WireServer;
import io.tributary.common.wire.v1.SignedStatement;
import io.tributary.coordinator.fold.WeightedMean;
import io.tributary.coordinator.job.JobRunner;
import io.tributary.coordinator.job.JobSummary;
import io.tributary.coordinator.ledger.Ledger;
import io.tributary.coordinator.ledger.MemoryLedger;
import io.tributary.coordinator.ledger.RunRow;
import io.tributary.coordinator.ledger.RunState;
import io.tributary.coordinator.store.CoordinatorHome;
import io.tributary.coordinator.store.FileModelStore;
import io.tributary.coordinator.store.LedgerRoundJournal;
import io.tributary.coordinator.store.RunDirectory;
import io.tributary.coordinator.store.SpoolEncryption;
import io.tributary.coordinator.store.SpoolUploadStore;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A coordinator process: one job from start to farewell, wired from home, wire, job runner and
 * admin API. The façade of this module; the command line and tests start it.
 *
 * <pre>
 * event loops ──messages──► owner's thread (JobRunner) ◄── timers, admin API, signals
 *      └───────chunks────► disk pool (spools, checks, folds, models) ──results──┘
 * </pre>
 */
public final class CoordinatorServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CoordinatorServer.class);

  private static final String SOFTWARE = "tributary-coordinator";
  private static final int DISK_THREADS = 2;
  private static final long STOP_TIMEOUT_MILLIS = 10_000;

  private final Deque<AutoCloseable> parts = new ArrayDeque<>();
  private final CoordinatorHome home;
  private final OwnerThread owner;
  private final JobRunner runner;
  private final WireServer wire;
  private final AdminServer admin;
  private boolean closed; // guarded by this

  private CoordinatorServer(CoordinatorConfig config, JobSpec job, Clock clock) throws IOException {
    boolean started = false;
    try {
      SslContext tls =
          TlsContexts.forCoordinator(material(config.tls(), clock), TlsProvider.preferred());
      WireLimits limits = config.limits().wire();
      home = part(CoordinatorHome.open(Path.of(config.home())));
      JobFit.require(job, limits, home.usableBytes(), Runtime.getRuntime().maxMemory());
      ExecutorService disk = diskPool();
      owner = part(new OwnerThread());
      ConnectedSites sites = new ConnectedSites();
      JobRunner[] running = new JobRunner[1]; // the spool's progress comes only once it runs
      // Until the job desk brings the ledger, the signer and the run's row.
      Ledger ledger = new MemoryLedger();
      RunRow run =
          new RunRow(
              job.name(),
              job.name(),
              job,
              RunState.QUEUED,
              "",
              ByteString.copyFrom(new byte[32]),
              clock.instant());
      boolean unusedAdded = ledger.addRun(run);
      Notary notary = new UnsignedNotary();
      RunDirectory directory = home.run(job.name());
      directory.create();
      SpoolUploadStore uploads =
          new SpoolUploadStore(
              directory.spool(),
              directory.keys(),
              Optional.empty(),
              run,
              ledger,
              notary,
              clock,
              SpoolEncryption.NONE,
              disk,
              CrashPoint.NONE,
              (site, task, done, total) ->
                  owner.execute(() -> running[0].uploadAdvanced(site, task, done, total)));
      runner =
          new JobRunner(
              run,
              limits,
              config.limits().pace(),
              owner,
              owner,
              clock,
              sites,
              uploads,
              new FileModelStore(
                  directory.modelDirectory(),
                  run,
                  limits,
                  new WeightedMean(),
                  ledger,
                  notary,
                  clock,
                  disk,
                  CrashPoint.NONE),
              ledger,
              LedgerRoundJournal.open(
                  run.runId(), ledger, directory.rounds(), disk, CrashPoint.NONE),
              CrashPoint.NONE);
      running[0] = runner;
      owner.onFailure(failure -> runner.abandon("internal error: " + failure));
      admin =
          part(
              AdminServer.start(
                  home.path(),
                  config.admin().port(),
                  () -> CompletableFuture.supplyAsync(runner::status, owner)));
      wire =
          part(
              WireServer.start(
                  new InetSocketAddress(config.listen().host(), config.listen().port()),
                  tls,
                  limits,
                  SOFTWARE,
                  peer -> new SiteListener(peer.name(), owner, sites, uploads, runner),
                  clock));
      home.publishEndpoint(wire.port(), admin.port());
      owner.execute(runner::start);
      started = true;
    } finally {
      if (!started) {
        closeParts();
      }
    }
    LOG.info(
        "run={} listening on port {}, admin API on loopback port {}, home {}",
        job.name(),
        wire.port(),
        admin.port(),
        home.path());
  }

  /**
   * Starts a coordinator; it works until {@link #done} completes.
   *
   * @param clock for certificates and time stamps
   * @throws UserErrorException for everything that a user can put right: a port or home in use,
   *     unusable certificates, a job that does not fit
   */
  public static CoordinatorServer start(CoordinatorConfig config, JobSpec job, Clock clock) {
    try {
      return new CoordinatorServer(config, job, clock);
    } catch (IOException e) {
      throw new UserErrorException(
          UserErrorException.Kind.FAILED,
          "the coordinator cannot use its home " + config.home() + ": " + e,
          e);
    }
  }

  /**
   * Runs a job to its end in this process, orderly also on Ctrl-C and SIGTERM.
   *
   * @param started hears of the running server, for a first line of output
   * @throws UserErrorException as {@link #start} does, and when a defect left no summary
   */
  public static JobSummary run(
      CoordinatorConfig config, JobSpec job, Clock clock, Consumer<CoordinatorServer> started) {
    CountDownLatch ended = new CountDownLatch(1);
    CoordinatorServer server = start(config, job, clock);
    Thread onSignal =
        new Thread(
            () -> {
              server.stop("the coordinator was asked to stop");
              awaitQuietly(ended);
            },
            "coordinator-signal");
    try {
      Runtime.getRuntime().addShutdownHook(onSignal);
      started.accept(server);
      return server.done().join();
    } catch (CompletionException e) {
      throw new UserErrorException(
          UserErrorException.Kind.FAILED,
          "the job could not even be ended in order (" + e.getCause() + "): see the log",
          e);
    } finally {
      server.close();
      ended.countDown();
      removeQuietly(onSignal);
    }
  }

  private static void awaitQuietly(CountDownLatch ended) {
    try {
      if (!ended.await(2 * STOP_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)) {
        LOG.warn("did not stop in order within {} ms", 2 * STOP_TIMEOUT_MILLIS);
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

  private static TlsMaterial material(CoordinatorConfig.TlsFiles files, Clock clock) {
    return files.directory() != null
        ? TlsMaterial.loadCoordinator(Path.of(files.directory()), clock)
        : TlsMaterial.load(
            CertificateRole.COORDINATOR,
            Path.of(files.certificate()),
            Path.of(files.key()),
            Path.of(files.ca()),
            clock);
  }

  private ExecutorService diskPool() {
    ExecutorService pool =
        Executors.newFixedThreadPool(
            DISK_THREADS,
            task -> {
              Thread thread = new Thread(task, "coordinator-disk");
              thread.setDaemon(true);
              return thread;
            });
    parts.push(
        () -> {
          pool.shutdown(); // records and erasures that are under way are finished
          if (!pool.awaitTermination(STOP_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)) {
            LOG.warn("disk work did not end within {} ms", STOP_TIMEOUT_MILLIS);
          }
        });
    return pool;
  }

  private <T extends AutoCloseable> T part(T part) {
    parts.push(part);
    return part;
  }

  /** Returns the port that sites connect to. */
  public int port() {
    return wire.port();
  }

  /** Returns the loopback port of the admin API. */
  public int adminPort() {
    return admin.port();
  }

  /** Returns the home. */
  public Path home() {
    return home.path();
  }

  /** Completes when the job has ended; {@link #close} is still to be called. */
  public CompletableFuture<JobSummary> done() {
    return runner.done();
  }

  /** Asks the job to end in order; {@link #done} tells when. */
  public void stop(String reason) {
    owner.execute(() -> runner.stop(reason));
  }

  /** Ends the job if it runs, says farewell to the sites and frees everything. Idempotent. */
  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    stop("the coordinator is closing");
    try {
      var unused = done().get(STOP_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      LOG.warn("the job did not end in order: {}", e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    closeParts();
  }

  /** Newest first: wire, admin, owner, disk, home. */
  private void closeParts() {
    while (!parts.isEmpty()) {
      AutoCloseable part = parts.pop();
      try {
        part.close();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (Exception e) {
        LOG.warn("{} did not close in order", part, e);
      }
    }
  }

  /** Until the job desk brings the signer. */
  private static final class UnsignedNotary implements Notary {
    @Override
    public SignedStatement sign(Receipt receipt) {
      return SignedStatement.newBuilder().setBody(StatementBodies.encode(receipt)).build();
    }

    @Override
    public SignedStatement sign(LogEntry entry) {
      return SignedStatement.newBuilder().setBody(StatementBodies.encode(entry)).build();
    }
  }
}
