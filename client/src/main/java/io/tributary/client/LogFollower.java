package io.tributary.client;

import io.tributary.common.notary.StatementException;
import io.tributary.common.wire.ProtocolException;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.WireConnection;
import io.tributary.common.wire.v1.LogEntries;
import io.tributary.common.wire.v1.SignedStatement;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps {@link SiteLog} complete over one connection: takes the entries that the coordinator sends,
 * and asks for those that are lacking.
 *
 * <pre>
 *   LogEntries(n) ──► follows ──► kept ──► (more were announced) ──► LogRequest(next)
 *                 └─► entries before n are lacking ────────────────► LogRequest(first lacking)
 * </pre>
 *
 * <p>A run that ended while this site was away is not announced any more, so a new connection
 * begins by asking for the entries of the newest receipts. The same entry is asked for once on a
 * connection: a coordinator that cannot give it is not asked for ever. Confined to the agent's
 * thread.
 */
final class LogFollower {
  private static final Logger LOG = LoggerFactory.getLogger(LogFollower.class);

  /** Most runs whose logs are followed on one connection. */
  private static final int MAX_RUNS = 64;

  /** Most runs that are asked for because their receipts are newer than their logs. */
  private static final int MAX_RUNS_WITH_RECEIPTS = 8;

  private final SiteLog log;
  private final ReceiptStore receipts;
  private final Map<String, Progress> runs = new HashMap<>();

  /** How far the log of a run is known to go, and what was asked for. */
  private static final class Progress {
    private int announced = -1;
    private int asked = -1;
    private boolean answered = true;
  }

  LogFollower(SiteLog log, ReceiptStore receipts) {
    this.log = log;
    this.receipts = receipts;
  }

  /** Asks for the entries that should tell what became of this site's newest updates. */
  void opened(WireConnection connection) {
    try {
      for (Map.Entry<String, Integer> newest :
          receipts.newestRounds(MAX_RUNS_WITH_RECEIPTS).entrySet()) {
        String run = newest.getKey();
        if (!log.hasForked(run)) {
          Progress progress = new Progress();
          progress.announced = newest.getValue();
          runs.put(run, progress);
          askForMore(run, progress, connection);
        }
      }
    } catch (IOException e) {
      LOG.error("cannot read receipts and logs: check the disk and its permissions", e);
    }
  }

  /** Whether an answer is still to come. */
  boolean isOwed() {
    return runs.values().stream().anyMatch(progress -> !progress.answered);
  }

  /**
   * Takes entries in.
   *
   * @throws ProtocolException if one is not signed under the root, or not what the message says
   */
  void received(LogEntries message, WireConnection connection) {
    String run = message.getRunId();
    if (!TaskId.isRunId(run)) {
      throw new ProtocolException("log entries came of a run whose id breaks its grammar");
    }
    if (log.hasForked(run)) {
      return; // what is known is evidence, and more of it helps nobody
    }
    Progress progress = runs.get(run);
    if (progress == null) {
      if (runs.size() >= MAX_RUNS) {
        throw new ProtocolException(
            "log entries of more than " + MAX_RUNS + " runs came over one connection");
      }
      progress = new Progress();
      runs.put(run, progress);
    }
    progress.answered = true;
    try {
      for (SignedStatement entry : message.getEntriesList()) {
        if (!take(run, entry, progress)) {
          return;
        }
      }
      askForMore(run, progress, connection);
    } catch (IOException e) {
      // Training goes on: the entries are asked for again on the next connection.
      LOG.error("run={} cannot keep the transparency log: make room, check permissions", run, e);
    }
  }

  private void askForMore(String run, Progress progress, WireConnection connection)
      throws IOException {
    int next = log.next(run);
    if (next <= progress.announced && next > progress.asked) {
      progress.asked = next;
      progress.answered = false;
      LOG.info("run={} asks for log entries from {} on", run, next);
      connection.send(SiteMessages.logRequest(run, next));
    }
  }

  private boolean take(String run, SignedStatement entry, Progress progress) throws IOException {
    try {
      SiteLog.Taken taken = log.add(run, entry);
      if (taken.what() == SiteLog.Added.NEW) {
        LOG.info("run={} log entry {} kept", run, taken.sequence());
      }
      progress.announced = Math.max(progress.announced, taken.sequence());
      return taken.what() != SiteLog.Added.FORK;
    } catch (StatementException e) {
      throw new ProtocolException("a log entry of run " + run + " is not valid: " + e.getMessage());
    }
  }
}
