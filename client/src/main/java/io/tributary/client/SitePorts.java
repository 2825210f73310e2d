package io.tributary.client;

import io.tributary.common.notary.StatementVerifier;
import io.tributary.common.store.CrashPoint;
import io.tributary.common.wire.WireConnection;
import io.tributary.common.wire.WireListener;
import java.time.Clock;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * Everything that a {@link SiteCore} asks of the world around it, so that the world may be threads
 * and sockets ({@link SiteAgent}) or a simulator's fake time and network.
 *
 * @param agentThread runs actions one at a time, in the order in which they are handed over, never
 *     within {@code execute}; a rejected action is dropped
 * @param timer wakes the core up, on the agent's thread
 * @param connector opens connections to the coordinator
 * @param bench where training runs
 * @param clock time of waits and intervals
 * @param verifier believes receipts and log entries, or does not
 * @param crash hears of every crash moment of a site; see {@link SiteCore} for one that throws
 */
public record SitePorts(
    Executor agentThread,
    Timer timer,
    Connector connector,
    WorkBench bench,
    Clock clock,
    StatementVerifier verifier,
    CrashPoint crash) {

  /** Wakes the core up. */
  @FunctionalInterface
  public interface Timer {
    /**
     * Runs an action on the agent's thread after a time, once.
     *
     * @return cancels it; harmless when it has run
     */
    Runnable schedule(long delayMillis, Runnable action);
  }

  /** Opens connections to the coordinator. */
  @FunctionalInterface
  public interface Connector {
    /**
     * Opens one connection, as {@link io.tributary.common.wire.WireClient#connect} does.
     *
     * @param listener hears of it on any thread that is not the agent's, or from within another
     *     turn of the agent's thread
     * @return completes after {@link WireListener#opened}; fails, if explained, with a {@link
     *     io.tributary.common.wire.WireConnectException}. The core may cancel it.
     */
    CompletableFuture<WireConnection> dial(WireListener listener);
  }

  /** Checks that everything is there. */
  public SitePorts {
    Objects.requireNonNull(agentThread, "agentThread");
    Objects.requireNonNull(timer, "timer");
    Objects.requireNonNull(connector, "connector");
    Objects.requireNonNull(bench, "bench");
    Objects.requireNonNull(clock, "clock");
    Objects.requireNonNull(verifier, "verifier");
    Objects.requireNonNull(crash, "crash");
  }
}
