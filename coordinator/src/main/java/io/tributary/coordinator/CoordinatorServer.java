package io.tributary.coordinator;

import io.netty.handler.ssl.SslContext;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.JobSpec;
import io.tributary.common.notary.Ed25519Notary;
import io.tributary.common.store.CrashPoint;
import io.tributary.common.tls.CertificateRole;
import io.tributary.common.tls.TlsContexts;
import io.tributary.common.tls.TlsMaterial;
import io.tributary.common.tls.TlsProvider;
import io.tributary.common.wire.WireLimits;
import io.tributary.common.wire.WireServer;
import io.tributary.coordinator.job.JobSummary;
import io.tributary.coordinator.ledger.Ledger;
import io.tributary.coordinator.ledger.LedgerException;
import io.tributary.coordinator.ledger.SqliteLedger;
import io.tributary.coordinator.store.CoordinatorHome;
import io.tributary.coordinator.store.SpoolEncryption;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A coordinator process: {@link CoordinatorCore} with a home, a ledger in SQLite, mutual TLS,
 * threads and the admin API. The façade of this module; the command line and tests start it.
 *
 * <pre>
 * event loops ──messages──► owner's thread (the core) ◄── timers, admin API, signals
 *      └───────chunks────► disk pool (spools, checks, folds, models) ──results──┘
 * </pre>
 */
public final class CoordinatorServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CoordinatorServer.class);

  /** Longest time that {@link #close} waits until where every job stands is written. */
  public static final long STOP_TIMEOUT_MILLIS = 10_000;

  private static final String SOFTWARE = "tributary-coordinator";
  private static final int DISK_THREADS = 4;

  private final Deque<AutoCloseable> parts = new ArrayDeque<>();
  private final CoordinatorHome home;
  private final CoordinatorCore core;
  private final WireServer wire;
  private final AdminServer admin;
  private boolean closed; // guarded by this

  /**
   * How a process is started, beyond its configuration.
   *
   * @param discardDamaged see {@link CoordinatorCore.Options}
   * @param crash {@link CrashPoint#NONE} but in the crash campaign
   */
  public record StartOptions(boolean discardDamaged, CrashPoint crash) {
    /** As in production: damaged updates stop the start. */
    public static final StartOptions DEFAULT = new StartOptions(false, CrashPoint.NONE);
  }

  private CoordinatorServer(CoordinatorConfig config, StartOptions start, Clock clock)
      throws IOException {
    boolean started = false;
    try {
      SslContext tls =
          TlsContexts.forCoordinator(material(config.tls(), clock), TlsProvider.preferred());
      Ed25519Notary notary = new Ed25519Notary(receipts(config.tls(), clock));
      WireLimits limits = config.limits().wire();
      home = part(CoordinatorHome.open(Path.of(config.home())));
      Ledger ledger = part(SqliteLedger.open(home.ledger(), home.path()));
      ExecutorService disk = diskPool();
      OwnerThread owner = part(new OwnerThread());
      core =
          new CoordinatorCore(
              home.path(),
              ledger,
              limits,
              config.limits().pace(),
              options(config, start),
              new CoordinatorCore.Ports(
                  owner, owner, disk, clock, notary, start.crash(), new SecureRandom()));
      owner.onFailure(core::fail);
      admin = part(AdminServer.start(home.path(), config.admin().port(), core.jobs()));
      wire =
          part(
              WireServer.start(
                  new InetSocketAddress(config.listen().host(), config.listen().port()),
                  tls,
                  limits,
                  SOFTWARE,
                  peer -> core.listener(peer.name()),
                  clock));
      home.publishEndpoint(wire.port(), admin.port());
      core.start();
      started = true;
    } finally {
      if (!started) {
        closeParts();
      }
    }
    LOG.info(
        "listening on port {}, admin API on loopback port {}, home {}",
        wire.port(),
        admin.port(),
        home.path());
  }

  /**
   * Starts a coordinator: it goes on with the jobs of its home and takes new ones until {@link
   * #close}.
   *
   * @param clock for certificates and time stamps
   * @throws UserErrorException for everything that a user can put right: a port or home in use,
   *     unusable certificates, a damaged ledger
   */
  public static CoordinatorServer start(
      CoordinatorConfig config, StartOptions options, Clock clock) {
    try {
      return new CoordinatorServer(config, options, clock);
    } catch (IOException e) {
      throw new UserErrorException(
          UserErrorException.Kind.FAILED,
          "the coordinator cannot use its home " + config.home() + ": " + e,
          e);
    } catch (LedgerException e) {
      throw new UserErrorException(UserErrorException.Kind.FAILED, e.getMessage(), e);
    }
  }

  /** Starts a coordinator as in production, by the system's clock. */
  public static CoordinatorServer start(CoordinatorConfig config) {
    return start(config, StartOptions.DEFAULT, Clock.systemUTC());
  }

  /**
   * Submits a job.
   *
   * @return completes when the job has ended, however it did
   */
  public CompletableFuture<JobSummary> run(JobSpec job) {
    return jobs().submit(job).thenCompose(view -> jobs().ended(view.job()));
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

  private static TlsMaterial receipts(CoordinatorConfig.TlsFiles files, Clock clock) {
    return TlsMaterial.load(
        CertificateRole.RECEIPTS,
        files.receiptsCertificateFile(),
        files.receiptsKeyFile(),
        files.rootFile(),
        clock);
  }

  private CoordinatorCore.Options options(CoordinatorConfig config, StartOptions start) {
    return new CoordinatorCore.Options(
        config.limits().maxRunningJobs(),
        config.limits().maxQueuedJobs(),
        config.spool().keep(),
        config.spool().encrypt()
            ? SpoolEncryption.withWrappingKey(
                Path.of(config.spool().wrappingKey()), new SecureRandom())
            : SpoolEncryption.NONE,
        start.discardDamaged(),
        this::usableBytes);
  }

  private long usableBytes() {
    try {
      return home.usableBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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
            LOG.warn("disk work did not end within {} ms and is cut off", STOP_TIMEOUT_MILLIS);
            var unused = pool.shutdownNow(); // a fold, most likely: the next start repeats it
            var unusedEnded = pool.awaitTermination(STOP_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
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

  /** Where jobs are submitted and asked about. */
  public JobDesk jobs() {
    return core.jobs();
  }

  /**
   * Completes when no job is left to do, counted from now on, or the coordinator has stopped; fails
   * with a {@link UserErrorException} that says what to do when no job can go on.
   */
  public CompletableFuture<Void> idle() {
    CompletableFuture<Void> answer = new CompletableFuture<>();
    var unused =
        core.idle()
            .whenComplete(
                (nothing, failure) -> {
                  if (failure == null) {
                    answer.complete(null);
                  } else {
                    answer.completeExceptionally(explained(failure));
                  }
                });
    return answer;
  }

  /** Completes with what to tell the user when no job can go on; {@link #close} is to be called. */
  public CompletableFuture<UserErrorException> failed() {
    return core.failed().thenApply(CoordinatorServer::explained);
  }

  /** What to tell the user of it. */
  static UserErrorException explained(Throwable failure) {
    Throwable cause = failure;
    while ((cause instanceof ExecutionException
            || cause instanceof java.util.concurrent.CompletionException)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof UserErrorException user) {
      return user;
    } else if (cause instanceof LedgerException || cause instanceof UncheckedIOException) {
      return new UserErrorException(
          UserErrorException.Kind.FAILED,
          cause.getMessage()
              + "; the coordinator has stopped, and nothing that it has confirmed to a site is"
              + " lost: put that right and start it again, it goes on where it stood",
          cause);
    }
    return new UserErrorException(
        UserErrorException.Kind.FAILED,
        "the coordinator met a defect and has stopped ("
            + cause
            + "); nothing that it has confirmed to a site is lost: start it again and it goes on"
            + " where it stood; please report this with the log",
        cause);
  }

  /**
   * Stops in order, within {@link #STOP_TIMEOUT_MILLIS} for each of its parts: where every job
   * stands is written, sites are told that the coordinator shuts down, everything is freed. The
   * next start goes on. Idempotent.
   */
  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    core.suspend("the coordinator is stopping");
    try {
      var unused = core.idle().get(STOP_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      LOG.warn("the jobs did not come to rest within {} ms", STOP_TIMEOUT_MILLIS);
    } catch (ExecutionException e) {
      LOG.debug("stopped after a failure that was reported already", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    closeParts();
  }

  /** Newest first: wire, admin, owner, disk, ledger, home. */
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
}
