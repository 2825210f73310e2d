package io.tributary.client;

import io.tributary.common.store.CrashMoment;
import io.tributary.common.tls.SiteName;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The agent's thread as a {@link SiteCore} uses it: an error does not silence it, and a crash point
 * that throws kills it on the spot.
 */
final class SiteThread implements Executor {
  private static final Logger LOG = LoggerFactory.getLogger(SiteCore.class);

  private final SiteName site;
  private final SitePorts ports;
  private final Runnable startOver;
  private volatile boolean dead;

  /**
   * Uses the ports' thread and crash point.
   *
   * @param startOver gives up what is at hand after an error
   */
  SiteThread(SiteName site, SitePorts ports, Runnable startOver) {
    this.site = site;
    this.ports = ports;
    this.startOver = startOver;
  }

  /** Hands an action over; once the thread has ended, there is nobody to mind it. */
  @Override
  public void execute(Runnable action) {
    try {
      ports.agentThread().execute(() -> guarded(action));
    } catch (RejectedExecutionException e) {
      LOG.debug("site={} has stopped: an event came too late", site);
    }
  }

  /**
   * Runs an action on this thread. An error must not silence the agent: what was at hand is given
   * up, the site goes on. Errors too, since the executor would swallow them: a heap that is full
   * for one task is not for the next.
   */
  void guarded(Runnable action) {
    if (dead) {
      return;
    }
    try {
      action.run();
    } catch (Throwable e) {
      if (dead) {
        throw e;
      }
      try {
        LOG.error("site={} internal error: giving up the task at hand", site, e);
        startOver.run();
      } catch (Throwable again) {
        // Left to the core's regular check, which finds that nothing is under way.
        LOG.error("site={} internal error while giving up", site, again);
      }
    }
  }

  /** Passes a crash moment on, on any thread; one that throws is the death of the core. */
  void reached(CrashMoment moment) {
    boolean returned = false;
    try {
      ports.crash().reached(moment);
      returned = true;
    } finally {
      if (!returned) {
        dead = true;
      }
    }
  }

  /** Whether a crash point has killed the core. */
  boolean isDead() {
    return dead;
  }
}
