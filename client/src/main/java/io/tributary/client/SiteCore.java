package io.tributary.client;

import io.tributary.client.train.LocalTrainer;
import io.tributary.common.random.CounterRandom;
import io.tributary.common.store.CrashPoint;
import io.tributary.common.wire.WireConnectException;
import io.tributary.common.wire.WireConnection;
import io.tributary.common.wire.v1.Farewell;
import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A whole site without threads and sockets: it keeps a connection to the coordinator for ever and
 * does the tasks that come over it. {@link SiteAgent} gives it threads and Netty, a simulator fake
 * time, a fake network and a fake disk.
 *
 * <pre>
 *   Connecting ──► Connected ──► (closed) ──► Waiting ──► Connecting …
 *        │             │                        ▲
 *        ├─ network ───│────────────────────────┘     {@link ReconnectBackoff}
 *        ├─ certificate, version ──► FAILED           (before the first connection only)
 *        └─────────────┴─ farewell, if until-done ──► COMPLETED | FAILED
 *   {@link #stop} in any state ──► STOPPED
 * </pre>
 *
 * <p>How to use it:
 *
 * <ol>
 *   <li>{@link #open} with a {@link SiteSetup}, a trainer, a home (any {@link
 *       java.nio.file.FileSystem}'s; the caller sees to it that no other core uses it) and {@link
 *       SitePorts}. It reads the home and restores the update in its outbox; nothing is connected.
 *   <li>{@link #start}, once: from then on everything happens on the agent's thread of the ports,
 *       in answer to the connector's listener, the timer and the bench.
 *   <li>{@link #stop} ends it in order, from any thread; {@link #ending} completes then. {@link
 *       #left} completes when the connection of that moment is gone.
 *   <li>To kill it, just drop it and whatever its ports still hold for it. A new core on the same
 *       home goes on where the disk says.
 * </ol>
 *
 * <p>A cut connection never disturbs a task that runs. A {@link CrashPoint} that throws kills the
 * core on the spot: nothing is tidied up, the throwable goes on to whoever ran the action, and
 * every later event is dropped ({@link #isDead}).
 */
public final class SiteCore {
  private static final Logger LOG = LoggerFactory.getLogger(SiteCore.class);

  private static final long CHECK_INTERVAL_MILLIS = 1_000;
  private static final long LOG_PATIENCE_MILLIS = 3_000;

  private final SiteSetup setup;
  private final SitePorts ports;
  private final SiteThread thread;
  private final SiteLog log;
  private final ReceiptStore receipts;
  private final TaskDesk desk;
  private final ReconnectBackoff backoff;
  private final CompletableFuture<AgentEnding> ending = new CompletableFuture<>();

  private volatile CompletableFuture<Void> left = CompletableFuture.completedFuture(null);

  // The agent's thread only.
  private SiteSession session;
  private CompletableFuture<WireConnection> connecting;
  private Runnable nextAttempt; // cancels it, while one is due
  private boolean everOpened;
  private AgentEnding lastWord; // once what the coordinator owes is here, or the connection is gone
  private long lastWordMillis;
  private boolean ended;

  private SiteCore(SiteSetup setup, LocalTrainer trainer, SiteHome home, SitePorts ports) {
    this.setup = setup;
    this.ports = ports;
    Clock clock = ports.clock();
    this.thread = new SiteThread(setup.site(), ports, this::startOver);
    CrashPoint crash = thread::reached;
    this.log = new SiteLog(home.log(), ports.verifier());
    this.receipts = new ReceiptStore(home.receipts(), setup.site(), ports.verifier());
    Outbox outbox = new Outbox(home.outbox(), setup.limits());
    this.desk =
        new TaskDesk(
            new TaskAdmission(setup.policy(), setup.training(), setup.limits(), trainer, log),
            new LocalWork(setup.site(), trainer, outbox, crash),
            new ModelCache(home.models(), clock),
            outbox,
            receipts,
            ports.bench(),
            thread,
            clock,
            crash,
            new CurrentSession());
    // Sites that share a seed would come back together; their names and clocks set them apart.
    this.backoff =
        new ReconnectBackoff(
            setup.reconnect(),
            clock,
            CounterRandom.deriveSeed(
                setup.jitterSeed(), CounterRandom.streamOf(setup.site().value()), clock.millis()));
  }

  /**
   * Reads the home, creating what is missing, and stands ready.
   *
   * @param home held by the caller for as long as the core lives
   * @throws io.tributary.common.config.UserErrorException if the home has another layout or cannot
   *     be used
   */
  public static SiteCore open(SiteSetup setup, LocalTrainer trainer, Path home, SitePorts ports) {
    SiteCore core = new SiteCore(setup, trainer, SiteHome.open(home), ports);
    core.desk.restore();
    return core;
  }

  /** Connects and goes on until {@link #ending} is complete. Once. */
  public void start() {
    thread.execute(
        () -> {
          checkWaitsFromNowOn();
          connect();
        });
  }

  /**
   * Ends in order, with {@link AgentEnding.Kind#STOPPED}: gives the work at hand up, takes leave of
   * the coordinator. What is in the outbox stays there. Harmless when it has ended.
   */
  public void stop() {
    AgentEnding stopped = stopped();
    thread.execute(() -> end(stopped));
  }

  /** Completes when the site has ended; never exceptionally. */
  public CompletableFuture<AgentEnding> ending() {
    return ending.copy();
  }

  /** Completes when the connection is gone from which the core took leave last. */
  public CompletableFuture<Void> left() {
    return left.copy();
  }

  /** Whether a crash point has killed the core. */
  public boolean isDead() {
    return thread.isDead();
  }

  /** Says that it has ended although its thread does not answer. */
  void leaveBehind() {
    ending.complete(stopped());
  }

  private AgentEnding stopped() {
    return new AgentEnding(AgentEnding.Kind.STOPPED, "site " + setup.site() + " stopped");
  }

  // ---- the agent's thread ----

  private void connect() {
    nextAttempt = null;
    connecting = null;
    if (ended) {
      return;
    }
    SiteSession attempt =
        new SiteSession(
            setup.limits(),
            setup.sessionBounds(),
            thread,
            ports.clock(),
            desk,
            new LogFollower(log, receipts),
            thread::reached,
            new Connections());
    session = attempt;
    CompletableFuture<WireConnection> dialing = ports.connector().dial(attempt);
    connecting = dialing;
    var unused =
        dialing.whenComplete(
            (connection, failure) -> {
              if (failure != null) {
                thread.execute(() -> failedToConnect(attempt, failure));
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
      end(
          new AgentEnding(
              AgentEnding.Kind.FAILED, "site " + setup.site() + ": " + failure.getMessage()));
      return;
    }
    retry(failure.getMessage());
  }

  private void retry(String reason) {
    long millis = backoff.closedOrFailed();
    LOG.warn("site={} not connected: {}; trying again in {} ms", setup.site(), reason, millis);
    nextAttempt = ports.timer().schedule(millis, () -> thread.guarded(this::connect));
  }

  /** A wait for the coordinator is noticed at most this much after its bound. */
  private void checkWaitsFromNowOn() {
    if (ended) {
      return;
    }
    var unused =
        ports
            .timer()
            .schedule(
                CHECK_INTERVAL_MILLIS,
                () -> {
                  thread.guarded(this::checkWaits);
                  thread.guarded(this::checkWaitsFromNowOn);
                });
  }

  private void checkWaits() {
    endIfNothingIsOwed();
    if (session != null) {
      session.checkWaits();
    } else if (nextAttempt == null && !ended) {
      retry("an internal error"); // which struck while the next attempt was being arranged
    }
  }

  /** A farewell may come before a receipt; that of log entries is worth a moment only. */
  private void endIfNothingIsOwed() {
    if (lastWord == null) {
      return;
    }
    boolean patient = ports.clock().millis() - lastWordMillis < LOG_PATIENCE_MILLIS;
    boolean owed = desk.awaitsReceipt() || (patient && session != null && session.isOwedEntries());
    if (session == null || !owed) {
      end(lastWord);
    }
  }

  private void end(AgentEnding how) {
    if (ended) {
      return;
    }
    ended = true;
    try {
      if (nextAttempt != null) {
        nextAttempt.run();
      }
      desk.release();
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

  private void startOver() {
    try {
      desk.release();
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
      LOG.info("site={} connected", setup.site());
      opened.begin();
    }

    @Override
    public void succeeded(SiteSession useful) {
      backoff.succeeded();
    }

    @Override
    public void farewell(SiteSession from, Farewell farewell) {
      AgentEnding over = AgentEnding.after(farewell);
      LOG.info("site={} {}", setup.site(), over.message());
      desk.runEnded(farewell.getRunId(), over.message());
      if (setup.untilDone()) {
        lastWord = over;
        lastWordMillis = ports.clock().millis();
        endIfNothingIsOwed();
      }
    }

    @Override
    public void settled(SiteSession from) {
      endIfNothingIsOwed();
    }

    @Override
    public void closed(SiteSession gone, String reason) {
      if (gone == session && !ended) {
        session = null;
        if (lastWord == null) {
          retry(reason);
        } else {
          end(lastWord);
        }
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
