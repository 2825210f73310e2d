package io.tributary.coordinator.job;

import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.LogEntries;
import io.tributary.common.wire.v1.LogRequest;
import io.tributary.common.wire.v1.SignedStatement;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends entries of the run's transparency log to its sites: the newest by itself, older ones on
 * request. Never more than {@link #MAX_ENTRIES} and never more than one control frame holds.
 */
final class EntrySender {
  private static final Logger LOG = LoggerFactory.getLogger(EntrySender.class);

  /** Most entries in one message. */
  static final int MAX_ENTRIES = 64;

  /** Tags, lengths and the run id of the message around the entries. */
  private static final int ENVELOPE_BYTES = 256;

  private static final int ENTRY_OVERHEAD_BYTES = 8;

  private final JobContext context;

  /** The newest entry is sent to every site, and read once for all: it never changes. */
  private Optional<LogEntries> newest = Optional.empty();

  private int newestRound;

  EntrySender(JobContext context) {
    this.context = context;
  }

  /** Sends the entry of a published round. */
  void newest(SiteName site, int round) {
    if (newest.isEmpty() || newestRound != round) {
      newest = entries(round, 1);
      newestRound = round;
    }
    newest.ifPresent(message -> send(site, message));
  }

  /** Answers a site that lacks entries. */
  void answer(SiteName site, LogRequest request) {
    int from = request.getFromSequence();
    if (request.getRunId().equals(context.runId()) && from >= 0) {
      entries(from, MAX_ENTRIES).ifPresent(message -> send(site, message));
    }
  }

  private void send(SiteName site, LogEntries message) {
    boolean unusedSent =
        context.gateway().send(site, Envelope.newBuilder().setLogEntries(message).build());
  }

  /** Entries from one on, as many as one message holds; nothing if there are none. */
  private Optional<LogEntries> entries(int from, int count) {
    List<SignedStatement> entries = context.ledger().log(context.runId(), from, count);
    LogEntries.Builder message = LogEntries.newBuilder().setRunId(context.runId());
    int bytes = ENVELOPE_BYTES;
    for (SignedStatement entry : entries) {
      bytes += entry.getSerializedSize() + ENTRY_OVERHEAD_BYTES;
      if (bytes > context.limits().maxControlFrameBytes()) {
        break;
      }
      message.addEntries(entry);
    }
    if (message.getEntriesCount() > 0) {
      return Optional.of(message.build());
    }
    if (!entries.isEmpty()) {
      LOG.warn(
          "run={} log entry {} is larger than a control frame of {} bytes: not sent",
          context.runId(),
          from,
          context.limits().maxControlFrameBytes());
    }
    return Optional.empty();
  }
}
