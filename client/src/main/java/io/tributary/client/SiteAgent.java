package io.tributary.client;

import io.netty.handler.ssl.SslContext;
import io.tributary.client.train.LocalTrainer;
import io.tributary.common.store.HomeLock;
import io.tributary.common.tls.SiteName;
import io.tributary.common.tls.TlsContexts;
import io.tributary.common.tls.TlsProvider;
import io.tributary.common.wire.WireClient;
import io.tributary.common.wire.WireConnection;
import io.tributary.common.wire.WireListener;
import java.util.Optional;
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
 * One site at work: a {@link SiteCore} with threads, sockets and a locked home. {@code tributary
 * client start} runs one or, in a {@link SiteHost}, several.
 *
 * <p>Three threads: the wire's event loop, the agent's own, which owns all state of the core, and
 * the {@link TrainingThread}, which several sites of a process share.
 */
public final class SiteAgent implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SiteAgent.class);

  private final SiteConfig.Coordinator coordinator;
  private final SiteName site;
  private final SslContext tls;
  private final AgentOptions options;
  private final HomeLock home;
  private final LocalTrainer trainer;
  private final ScheduledThreadPoolExecutor agentThread;
  private final WireClient wire;
  private final TrainingThread training;
  private final boolean ownsTraining;
  private final TaskRunner runner;
  private final SiteCore core;

  private boolean closed; // guarded by this

  private SiteAgent(
      SiteConfig config,
      AgentOptions options,
      SiteIdentity identity,
      LocalTrainer trainer,
      HomeLock home,
      Optional<TrainingThread> shared) {
    this.coordinator = config.coordinator();
    this.site = identity.name();
    this.tls = TlsContexts.forSite(identity.material(), TlsProvider.preferred());
    this.options = options;
    this.trainer = trainer;
    this.home = home;
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
    this.wire = new WireClient(options.clock());
    this.ownsTraining = shared.isEmpty();
    this.training = shared.orElseGet(TrainingThread::new);
    this.runner = new TaskRunner(options.cancelBoundMillis(), agentThread, training);
    boolean opened = false;
    try {
      this.core = openCore(config, identity);
      opened = true;
    } finally {
      if (!opened) {
        closeRunner();
        wire.close();
        agentThread.shutdownNow();
      }
    }
  }

  private SiteCore openCore(SiteConfig config, SiteIdentity identity) {
    return SiteCore.open(
        new SiteSetup(
            site,
            config.policy(),
            config.training(),
            config.reconnect(),
            options.limits(),
            options.sessionBounds(),
            options.untilDone(),
            options.jitterSeed()),
        trainer,
        home.home(),
        new SitePorts(
            agentThread,
            this::schedule,
            this::dial,
            runner,
            options.clock(),
            options.verifiers().of(identity.material().root()),
            options.crash()));
  }

  /**
   * Reads and checks everything, takes the home, and stands ready; nothing is connected yet.
   *
   * @throws io.tributary.common.config.UserErrorException if a certificate, the data or the home is
   *     not usable, saying which and why
   */
  public static SiteAgent open(SiteConfig config, AgentOptions options) {
    return open(config, options, Optional.empty());
  }

  /**
   * The same beside other sites in this process.
   *
   * @param shared where they all train; empty for a thread of its own
   */
  static SiteAgent open(SiteConfig config, AgentOptions options, Optional<TrainingThread> shared) {
    SiteIdentity identity = SiteIdentity.load(config, options.clock());
    LocalTrainer trainer = options.trainers().open(config);
    HomeLock home = HomeLock.acquire(config.homePath());
    boolean opened = false;
    try {
      SiteAgent agent = new SiteAgent(config, options, identity, trainer, home, shared);
      opened = true;
      return agent;
    } finally {
      if (!opened) {
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
    core.start();
  }

  /** {@link #start}s, and waits for the end; then everything is closed. */
  public AgentEnding run() {
    start();
    AgentEnding how = ending().join();
    close();
    return how;
  }

  /** Completes when the agent has ended, before it is closed; never exceptionally. */
  public CompletableFuture<AgentEnding> ending() {
    return core.ending();
  }

  /** Has SIGTERM and Ctrl-C {@link #close} the agent before the process ends. */
  public void closeAtShutdown() {
    Runtime.getRuntime().addShutdownHook(new Thread(this::close, "site-agent-shutdown"));
  }

  /**
   * Stops, in order and within a bound: gives the work at hand up, takes leave of the coordinator,
   * ends all threads, leaves the home. An update that waits to be sent stays in the outbox.
   * Callable from any thread, at any time, more than once.
   */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    core.stop();
    boolean answered = awaitEnd();
    boolean workEnded = closeRunner();
    awaitLeave();
    wire.close();
    agentThread.shutdownNow();
    if (workEnded && answered) {
      trainer.close();
    }
    home.close();
    LOG.info("site={} stopped", site);
  }

  private boolean closeRunner() {
    boolean ended = runner.close();
    if (ownsTraining) {
      training.close();
    }
    return ended;
  }

  /**
   * Waits for the agent's own thread, no longer than for a training that does not stop: a trainer
   * that hangs in {@link LocalTrainer#plan} must not keep the process from ending.
   */
  private boolean awaitEnd() {
    try {
      core.ending().get(options.cancelBoundMillis(), TimeUnit.MILLISECONDS);
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
    core.leaveBehind();
    return false;
  }

  /** Ending the event loop at once could cut the last word off. */
  private void awaitLeave() {
    try {
      core.left().get(2 * options.limits().closeTimeoutMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      LOG.debug("site={} the coordinator did not take leave", site, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  // ---- the core's ports ----

  private CompletableFuture<WireConnection> dial(WireListener listener) {
    return wire.connect(
        coordinator.host(),
        coordinator.port(),
        tls,
        options.limits(),
        site,
        options.software(),
        listener);
  }

  private Runnable schedule(long delayMillis, Runnable action) {
    try {
      Future<?> due = agentThread.schedule(action, delayMillis, TimeUnit.MILLISECONDS);
      return () -> due.cancel(false);
    } catch (RejectedExecutionException e) {
      return () -> {}; // it has stopped: nobody wants to be woken up
    }
  }
}
