package io.tributary.coordinator;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.JobSpec;
import io.tributary.common.notary.Notary;
import io.tributary.common.store.CrashPoint;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.WireLimits;
import io.tributary.common.wire.WireListener;
import io.tributary.coordinator.job.Pace;
import io.tributary.coordinator.job.Timer;
import io.tributary.coordinator.ledger.Ledger;
import io.tributary.coordinator.store.ImportedModels;
import io.tributary.coordinator.store.SpoolEncryption;
import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * A coordinator without sockets, threads and HTTP: the runs of one home, the sites that are
 * connected, and what may be asked of both. {@link CoordinatorServer} gives it Netty, threads and
 * SQLite; the simulators give it fakes.
 *
 * <pre>
 * core = new CoordinatorCore(home, ledger, limits, pace, options, ports)
 * core.start()                     goes on with RUNNING runs, then starts QUEUED ones
 * core.listener(site)              a WireListener for each admitted connection of a site
 * core.jobs().submit(job)          a {@link JobDesk}: submit, list, show, pause, resume, stop, ended
 * core.idle()                      no run is left to do; fails when the core has failed
 * core.failed()                    completes with the cause when no run can go on
 * core.suspend(reason)             writes down where all stands, tells nobody; idle() completes
 * core.fail(cause)                 the owner's executor met a defect
 * </pre>
 *
 * <p>All methods may be called on any thread: each hands over to the owner's executor and returns.
 * A process that dies at any instant loses nothing: a new core on the same home and ledger goes on.
 * The home's directory must exist, and no other core may use it.
 */
public final class CoordinatorCore {
  private final Ports ports;
  private final ConnectedSites sites = new ConnectedSites();
  private final Farewells farewells = new Farewells();
  private final ActiveRuns runs;
  private final SiteRouter router;
  private final RunQueue queue;
  private final JobDesk desk;
  private final ReadingBudget reading = new ReadingBudget();
  private final CompletableFuture<Throwable> failed = new CompletableFuture<>();

  /**
   * The world that a coordinator works in.
   *
   * @param owner runs what it is given one by one, in order; its tasks own all state here. When one
   *     of them throws, {@link #fail} must be called.
   * @param timer on the same thread
   * @param disk where files are read and written
   * @param clock for time stamps
   * @param notary signs receipts and log entries
   * @param crash see {@link CrashPoint}
   * @param random of run ids and pseudonym keys: a {@code SecureRandom} but in simulations
   */
  public record Ports(
      Executor owner,
      Timer timer,
      Executor disk,
      Clock clock,
      Notary notary,
      CrashPoint crash,
      RandomGenerator random) {}

  /**
   * What deployments may choose.
   *
   * @param maxRunningJobs most runs side by side; 1 to 8
   * @param maxQueuedJobs most runs that wait
   * @param keepSpools whether published rounds' updates, and every model, are kept for {@code log
   *     replay}
   * @param encryption of updates on disk
   * @param discardDamaged whether a committed update that is damaged on disk is given up at start,
   *     so that its site is asked again
   * @param usableDiskBytes bytes that may still be written in the home
   */
  public record Options(
      int maxRunningJobs,
      int maxQueuedJobs,
      boolean keepSpools,
      SpoolEncryption encryption,
      boolean discardDamaged,
      LongSupplier usableDiskBytes) {
    /** One run at a time, nothing kept, all the disk that one asks for. */
    public static final Options DEFAULT =
        new Options(
            CoordinatorConfig.Limits.DEFAULT_RUNNING_JOBS,
            CoordinatorConfig.Limits.DEFAULT_QUEUED_JOBS,
            false,
            SpoolEncryption.NONE,
            false,
            () -> Long.MAX_VALUE);

    /** The same with another number of runs side by side. */
    public Options withMaxRunningJobs(int jobs) {
      return new Options(
          jobs, maxQueuedJobs, keepSpools, encryption, discardDamaged, usableDiskBytes);
    }

    /** The same, keeping the spools of published rounds or not. */
    public Options withKeepSpools(boolean keep) {
      return new Options(
          maxRunningJobs, maxQueuedJobs, keep, encryption, discardDamaged, usableDiskBytes);
    }

    /** The same with spools enciphered this way. */
    public Options withEncryption(SpoolEncryption otherEncryption) {
      return new Options(
          maxRunningJobs,
          maxQueuedJobs,
          keepSpools,
          otherEncryption,
          discardDamaged,
          usableDiskBytes);
    }
  }

  /**
   * Puts a coordinator together; nothing happens before {@link #start}.
   *
   * @param home an existing directory; {@code runs/NAME} in it is a run's
   * @param ledger the home's
   */
  public CoordinatorCore(
      Path home, Ledger ledger, WireLimits limits, Pace pace, Options options, Ports ports) {
    this.ports = ports;
    SiteLeases leases = new SiteLeases();
    runs = new ActiveRuns(ports.owner(), ports.timer(), leases);
    RunFactory factory =
        new RunFactory(
            home,
            ledger,
            limits,
            pace,
            options,
            ports,
            run -> new RunGateway(run, sites, leases, runs::leasesChanged, farewells),
            (runId, step) -> ports.owner().execute(() -> runs.find(runId).ifPresent(step)));
    JobViews views = new JobViews(ledger, runs, sites, factory::models);
    EndedJobs endedJobs = new EndedJobs(ledger, views, sites, farewells);
    queue = new RunQueue(ledger, runs, factory, options, ports, endedJobs, this::fail);
    views.knowing(queue::askedOf, endedJobs::status);
    router = new SiteRouter(ports.owner(), sites, runs, farewells, new ClosedRuns(ledger, limits));
    JobIntake intake =
        new JobIntake(ledger, queue, options, ports, job -> requireFit(home, job, limits, options));
    desk = new RunDesk(ports.owner(), intake, queue, views);
  }

  private static void requireFit(Path home, JobSpec job, WireLimits limits, Options options) {
    ImportedModels.of(home).require(job);
    JobFit.require(job, limits, options.usableDiskBytes().getAsLong());
  }

  /** Goes on with every run that has not ended. */
  public void start() {
    ports.owner().execute(queue::start);
  }

  /** Hears one admitted connection of a site; a new one for each connection. */
  public WireListener listener(SiteName site) {
    return new SiteListener(site, router, reading);
  }

  /** Where jobs are submitted and asked about. */
  public JobDesk jobs() {
    return desk;
  }

  /**
   * Completes when every run has ended, counted from now on, or after {@link #suspend} when nothing
   * runs any more; fails when the core has failed.
   */
  public CompletableFuture<Void> idle() {
    CompletableFuture<Void> answer = new CompletableFuture<>();
    ports
        .owner()
        .execute(
            () -> {
              var unused =
                  queue
                      .idle()
                      .whenComplete(
                          (nothing, failure) -> {
                            if (failure == null) {
                              answer.complete(null);
                            } else {
                              answer.completeExceptionally(failure);
                            }
                          });
            });
    return answer;
  }

  /**
   * Completes with the cause when no run can go on: the ledger cannot be written, an accepted
   * update or model is damaged (a {@link UserErrorException} then says what to do), or a defect.
   * Nothing is lost: the next start goes on.
   */
  public CompletableFuture<Throwable> failed() {
    return failed;
  }

  /**
   * Stops in order, for a process that is about to end: where every run stands is durable, sites
   * are told nothing, and {@link #idle} completes when all is written. The next start goes on.
   */
  public void suspend(String reason) {
    ports
        .owner()
        .execute(
            () -> {
              sites.admitNoMore();
              queue.suspend(reason);
            });
  }

  /** Gives up after a defect in a task of the owner's; nothing in the ledger changes. */
  public void fail(Throwable cause) {
    ports
        .owner()
        .execute(
            () -> {
              if (!failed.isDone()) {
                sites.admitNoMore();
                try {
                  queue.abandon(cause);
                } finally {
                  failed.complete(cause);
                }
              }
            });
  }
}
