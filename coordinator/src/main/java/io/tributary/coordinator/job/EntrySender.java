package io.tributary.coordinator.job;

import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.LogEntries;
import io.tributary.common.wire.v1.LogRequest;
import io.tributary.common.wire.v1.SignedStatement;
import java.util.List;
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

  EntrySender(JobContext context) {
    this.context = context;
  }

  /** Sends the entry of a published round. */
  void newest(SiteName site, int round) {
    send(site, round, 1);
  }

  /** Answers a site that lacks entries. */
  void answer(SiteName site, LogRequest request) {
    int from = request.getFromSequence();
    if (request.getRunId().equals(context.runId()) && from >= 0) {
      send(site, from, MAX_ENTRIES);
    }
  }

  private void send(SiteName site, int from, int count) {
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
      boolean unusedSent =
          context.gateway().send(site, Envelope.newBuilder().setLogEntries(message).build());
    } else if (!entries.isEmpty()) {
      LOG.warn(
          "run={} site={} log entry {} is larger than a control frame of {} bytes: not sent",
          context.runId(),
          site,
          from,
          context.limits().maxControlFrameBytes());
    }
  }
}
