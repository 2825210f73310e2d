package io.tributary.client;

import io.netty.handler.ssl.SslContext;
import io.tributary.client.train.LocalTrainer;
import io.tributary.common.random.CounterRandom;
import io.tributary.common.tls.SiteName;
import io.tributary.common.tls.TlsContexts;
import io.tributary.common.tls.TlsProvider;
import io.tributary.common.wire.WireClient;
import io.tributary.common.wire.WireConnectException;
import io.tributary.common.wire.WireConnection;
import io.tributary.common.wire.v1.Farewell;
import java.time.Clock;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One site's process: keeps a connection to the coordinator for ever and does the tasks that come
 * over it. What {@code tributary client start} runs.
 *
 * <pre>
 *   Connecting ──► Connected ──► (closed) ──► Waiting ──► Connecting …
 *        │             │                        ▲
 *        ├─ network ───│────────────────────────┘     {@link ReconnectBackoff}
 *        ├─ certificate, version ──► FAILED
 *        └─────────────┴─ farewell, if until-done ──► COMPLETED | FAILED
 *   {@link #close} in any state ──► STOPPED
 * </pre>
 *
 * <p>Three threads: the wire's event loop, the agent's own, which owns all state, and {@link
 * TaskRunner}'s. A cut connection never disturbs a task that runs.
 */
public final class SiteAgent implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SiteAgent.class);

  private static final long CHECK_INTERVAL_MILLIS = 1_000;

  private final SiteConfig config;
  private final SiteName site;
  private final SslContext tls;
  private final AgentOptions options;
  private final SiteHome home;
  private final LocalTrainer trainer;

  private final ScheduledThreadPoolExecutor agentThread;
  private final WireClient wire;
  private final TaskRunner runner;
  private final TaskDesk desk;
  private final ReconnectBackoff backoff;
  private final CompletableFuture<AgentEnding> ending = new CompletableFuture<>();

  private volatile CompletableFuture<Void> left = CompletableFuture.completedFuture(null);

  // The agent's thread only.
  private SiteSession session;
  private CompletableFuture<WireConnection> connecting;
  private Future<?> nextAttempt; // while one is due
  private boolean everOpened;
  private boolean ended;

  private boolean closed; // guarded by this

  private SiteAgent(
      SiteConfig config,
      AgentOptions options,
      SiteIdentity identity,
      LocalTrainer trainer,
      SiteHome home) {
    this.config = config;
    this.options = options;
    this.site = identity.name();
    this.tls = TlsContexts.forSite(identity.material(), TlsProvider.preferred());
    this.trainer = trainer;
    this.home = home;
    Clock clock = options.clock();
    this.agentThread =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, "site-agent");
              thread.setDaemon(true);
              return thread;
            });
    agentThread.setRemoveOnCancelPolicy(true);
    agentThread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    this.wire = new WireClient(clock);
    this.runner = new TaskRunner(options.cancelBoundMillis(), agentThread);
    this.desk =
        new TaskDesk(
            config.policy(),
            options.limits(),
            trainer,
            new LocalWork(site, trainer, home.outbox()),
            new ModelCache(home.models(), clock),
            runner,
            this::execute,
            clock,
            new CurrentSession());
    // Sites that share a seed would come back together; their names and clocks set them apart.
    this.backoff =
        new ReconnectBackoff(
            config.reconnect(),
            clock,
            CounterRandom.deriveSeed(
                options.jitterSeed(), CounterRandom.streamOf(site.value()), clock.millis()));
  }

  /**
   * Reads and checks everything, takes the home, and stands ready; nothing is connected yet.
   *
   * @throws io.tributary.common.config.UserErrorException if a certificate, the data or the home is
   *     not usable, saying which and why
   */
  public static SiteAgent open(SiteConfig config, AgentOptions options) {
    SiteIdentity identity = SiteIdentity.load(config, options.clock());
    LocalTrainer trainer = options.trainers().open(config);
    SiteHome home = null;
    try {
      home = SiteHome.open(config.homePath());
      SiteAgent agent = new SiteAgent(config, options, identity, trainer, home);
      home = null;
      return agent;
    } finally {
      if (home != null) {
        home.close();
      }
    }
  }

  /** This site's name, as its certificate says. */
  public SiteName site() {
    return site;
  }

  /** Connects and goes on until {@link #ending} is complete. Once. */
  public void start() {
    execute(
        () -> {
          var unused =
              agentThread.scheduleWithFixedDelay(
                  () -> guarded(this::checkWaits),
                  CHECK_INTERVAL_MILLIS,
                  CHECK_INTERVAL_MILLIS,
                  TimeUnit.MILLISECONDS);
          connect();
        });
  }

  /** {@link #start}s, and waits for the end; then everything is closed. */
  public AgentEnding run() {
    start();
    AgentEnding how = ending.join();
    close();
    return how;
  }

  /** Completes when the agent has ended, before it is closed; never exceptionally. */
  public CompletableFuture<AgentEnding> ending() {
    return ending.copy();
  }

  /** Has SIGTERM and Ctrl-C {@link #close} the agent before the process ends. */
  public void closeAtShutdown() {
    Runtime.getRuntime().addShutdownHook(new Thread(this::close, "site-agent-shutdown"));
  }

  /**
   * Stops, in order and within a bound: gives the task at hand up, takes leave of the coordinator,
   * ends all threads, leaves the home. Callable from any thread, at any time, more than once.
   */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    AgentEnding stopped = new AgentEnding(AgentEnding.Kind.STOPPED, "site " + site + " stopped");
    execute(() -> end(stopped));
    boolean answered = awaitEnd(stopped);
    boolean workEnded = runner.close();
    awaitLeave();
    wire.close();
    agentThread.shutdownNow();
    if (workEnded && answered) {
      trainer.close();
    }
    home.close();
    LOG.info("site={} stopped", site);
  }

  /**
   * Waits for the agent's own thread, no longer than for a training that does not stop: a trainer
   * that hangs in {@link LocalTrainer#plan} must not keep the process from ending.
   */
  private boolean awaitEnd(AgentEnding stopped) {
    try {
      ending.get(options.cancelBoundMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      LOG.warn(
          "site={} the agent's thread did not answer within {} ms: leaving it behind",
          site,
          options.cancelBoundMillis());
    } catch (ExecutionException e) {
      throw new IllegalStateException("an ending never fails", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    ending.complete(stopped);
    return false;
  }

  /** Ending the event loop at once could cut the last word off. */
  private void awaitLeave() {
    try {
      left.get(2 * options.limits().closeTimeoutMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      LOG.debug("site={} the coordinator did not take leave", site, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  // ---- the agent's thread ----

  private void connect() {
    nextAttempt = null;
    connecting = null;
    if (ended) {
      return;
    }
    SiteConfig.Coordinator coordinator = config.coordinator();
    SiteSession attempt =
        new SiteSession(
            options.limits(),
            options.sessionBounds(),
            this::execute,
            options.clock(),
            desk,
            new Connections());
    session = attempt;
    CompletableFuture<WireConnection> dialing =
        wire.connect(
            coordinator.host(),
            coordinator.port(),
            tls,
            options.limits(),
            site,
            options.software(),
            attempt);
    connecting = dialing;
    var unused =
        dialing.whenComplete(
            (connection, failure) -> {
              if (failure != null) {
                execute(() -> failedToConnect(attempt, failure));
              }
            });
  }

  private void failedToConnect(SiteSession attempt, Throwable failure) {
    if (session != attempt || ended) {
      return;
    }
    session = null;
    // Once a connection has opened, this site's files are good: a wrong answer later is somebody
    // else's mistake for a while, a renewed certificate or another server at that address.
    if (!everOpened
        && failure instanceof WireConnectException explained
        && ConnectFailure.isPermanent(explained)) {
      end(new AgentEnding(AgentEnding.Kind.FAILED, "site " + site + ": " + failure.getMessage()));
      return;
    }
    retry(failure.getMessage());
  }

  private void retry(String reason) {
    long millis = backoff.closedOrFailed();
    LOG.warn("site={} not connected: {}; trying again in {} ms", site, reason, millis);
    nextAttempt = agentThread.schedule(() -> guarded(this::connect), millis, TimeUnit.MILLISECONDS);
  }

  private void checkWaits() {
    if (session != null) {
      session.checkWaits();
    } else if (nextAttempt == null && !ended) {
      retry("an internal error"); // which struck while the next attempt was being arranged
    }
  }

  private void end(AgentEnding how) {
    if (ended) {
      return;
    }
    ended = true;
    try {
      desk.drop();
    } finally {
      try {
        leaveSession("the site stops");
      } finally {
        ending.complete(how); // whatever failed: somebody waits for it
      }
    }
  }

  /** Ends the connection, or the attempt to make one, and forgets it. */
  private void leaveSession(String reason) {
    SiteSession leaving = session;
    CompletableFuture<WireConnection> dialing = connecting;
    session = null;
    connecting = null;
    if (leaving != null) {
      left = leaving.leave(reason);
    }
    if (dialing != null) {
      dialing.cancel(false); // does nothing once it is connected
    }
  }

  /** Hands an action to the agent's thread; once that has ended, there is nobody to mind it. */
  private void execute(Runnable action) {
    try {
      agentThread.execute(() -> guarded(action));
    } catch (RejectedExecutionException e) {
      LOG.debug("site={} has stopped: an event came too late", site);
    }
  }

  /**
   * An error here must not silence the agent: what was at hand is given up, the site goes on.
   * Errors too, since the executor would swallow them: a heap that is full for one task is not for
   * the next.
   */
  private void guarded(Runnable action) {
    try {
      action.run();
    } catch (Throwable e) {
      try {
        LOG.error("site={} internal error: giving up the task at hand", site, e);
        startOver();
      } catch (Throwable again) {
        // Left to checkWaits, which finds that nothing is under way.
        LOG.error("site={} internal error while giving up", site, again);
      }
    }
  }

  private void startOver() {
    try {
      desk.drop();
    } finally {
      try {
        leaveSession("internal error");
      } finally {
        if (!ended && nextAttempt == null) {
          retry("an internal error");
        }
      }
    }
  }

  /** What the sessions tell; only the newest one counts. */
  private final class Connections implements SiteSession.Host {
    @Override
    public void opened(SiteSession opened) {
      if (opened != session) {
        var unused = opened.leave("the site stops");
        return;
      }
      everOpened = true;
      backoff.opened();
      LOG.info(
          "site={} connected to {}:{}",
          site,
          config.coordinator().host(),
          config.coordinator().port());
    }

    @Override
    public void succeeded(SiteSession useful) {
      backoff.succeeded();
    }

    @Override
    public void farewell(SiteSession from, Farewell farewell) {
      String run = SiteMessages.oneLine(farewell.getRunId());
      String over = "run " + run + (farewell.getCompleted() ? " is completed" : " failed");
      String reason =
          farewell.getReason().isBlank()
              ? over
              : over + ": " + SiteMessages.oneLine(farewell.getReason());
      LOG.info("site={} {}", site, reason);
      desk.drop();
      if (options.untilDone()) {
        end(
            new AgentEnding(
                farewell.getCompleted() ? AgentEnding.Kind.COMPLETED : AgentEnding.Kind.FAILED,
                reason));
      }
    }

    @Override
    public void closed(SiteSession gone, String reason) {
      if (gone == session && !ended) {
        session = null;
        retry(reason);
      }
    }
  }

  /** Tells the connection of the moment, if there is one, what becomes of the task. */
  private final class CurrentSession implements TaskDesk.Audience {
    @Override
    public void advanced(SiteTask task) {
      if (session != null) {
        session.advanced(task);
      }
    }

    @Override
    public void progressed(SiteTask task, long done, long total) {
      if (session != null) {
        session.progressed(task, done, total);
      }
    }
  }
}
