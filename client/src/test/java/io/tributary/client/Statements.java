package io.tributary.client;

import io.tributary.common.notary.LogEntry;
import io.tributary.common.notary.Receipt;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.Digest;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.v1.UploadOffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;

/** What a coordinator of tests has to sign. */
final class Statements {
  static final String PSEUDONYM = "0123456789abcdef0123456789abcdef";

  private Statements() {}

  static Digest digest(String text) {
    return Digest.sha256(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The receipt of an offered update. */
  static Receipt receiptFor(UploadOffer offer, String site) {
    TaskId task = TaskId.fromProto(offer.getKey());
    return receipt(
        task,
        site,
        Manifest.fromProto(offer.getUpdate(), TestJobs.LIMITS).digest(),
        offer.getWeight());
  }

  static Receipt receipt(TaskId task, String site, Digest update, long weight) {
    return new Receipt(
        task,
        new SiteName(site),
        PSEUDONYM,
        update,
        weight,
        model(task.round() - 1),
        Instant.now());
  }

  /** Entry 0 of the tests' run. */
  static LogEntry first() {
    return new LogEntry(
        TestJobs.RUN,
        0,
        LogEntry.NOTHING,
        digest("job"),
        0,
        LogEntry.NOTHING,
        List.of(),
        List.of(),
        model(0),
        Instant.now());
  }

  /** A round that folded these updates. */
  static LogEntry round(int sequence, Digest previous, LogEntry.Folded... folded) {
    return new LogEntry(
        TestJobs.RUN,
        sequence,
        previous,
        digest("job"),
        1,
        model(sequence - 1),
        List.of(folded),
        List.of(),
        model(sequence),
        Instant.now());
  }

  static Digest model(int round) {
    return digest("model " + round);
  }
}
