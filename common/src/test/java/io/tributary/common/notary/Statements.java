package io.tributary.common.notary;

import com.google.protobuf.ByteString;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.Digest;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.v1.SignedStatement;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Receipts, entries and whole logs to test with. */
final class Statements {
  static final String RUN = "shakespeare.01234567";
  static final Instant TIME = Instant.parse("2026-07-01T12:00:00.123Z");
  static final Pseudonyms PSEUDONYMS = new Pseudonyms(ByteString.copyFrom(new byte[32]));

  private Statements() {}

  static Digest digest(String text) {
    return Digest.sha256(text.getBytes(StandardCharsets.UTF_8));
  }

  static Receipt receipt() {
    return receiptAt(TIME);
  }

  static Receipt receiptAt(Instant time) {
    SiteName site = new SiteName("north");
    return new Receipt(
        new TaskId(RUN, 3, 1, TaskId.Kind.TRAIN),
        site,
        PSEUDONYMS.of(site),
        digest("update"),
        48_000,
        digest("base"),
        time);
  }

  static LogEntry first() {
    return new LogEntry(
        RUN,
        0,
        LogEntry.NOTHING,
        digest("job"),
        0,
        LogEntry.NOTHING,
        List.of(),
        List.of(),
        digest("model 0"),
        TIME);
  }

  /** Folds the named sites, and drops {@code west}. */
  static LogEntry entry(int sequence, Digest previousHash, String... sites) {
    return new LogEntry(
        RUN,
        sequence,
        previousHash,
        digest("job"),
        1,
        digest("model " + (sequence - 1)),
        folded(sequence, sites),
        List.of(
            new LogEntry.Dropped(
                PSEUDONYMS.of(new SiteName("west")), "late", "still training at the deadline")),
        digest("model " + sequence),
        TIME.plus(Duration.ofMinutes(sequence)));
  }

  static List<LogEntry.Folded> folded(int sequence, String... sites) {
    return Stream.of(sites)
        .map(
            site ->
                new LogEntry.Folded(
                    PSEUDONYMS.of(new SiteName(site)), digest(site + " " + sequence), 100))
        .sorted((a, b) -> a.pseudonym().compareTo(b.pseudonym()))
        .toList();
  }

  /** A log of entry 0 and so many rounds. */
  static List<SignedStatement> log(Notary notary, int rounds) {
    List<SignedStatement> log = new ArrayList<>(List.of(notary.sign(first())));
    IntStream.rangeClosed(1, rounds)
        .forEach(
            round ->
                log.add(
                    notary.sign(
                        entry(
                            round,
                            StatementBodies.hash(log.get(round - 1)),
                            "north",
                            "south",
                            "east"))));
    return log;
  }

  /** The same statement with one bit of one of its three parts turned. */
  static SignedStatement turned(SignedStatement statement, int position, int bit) {
    int body = statement.getBody().size();
    int signature = statement.getSignature().size();
    SignedStatement.Builder turned = statement.toBuilder();
    if (position < body) {
      return turned.setBody(turned(statement.getBody(), position, bit)).build();
    }
    if (position < body + signature) {
      return turned.setSignature(turned(statement.getSignature(), position - body, bit)).build();
    }
    return turned
        .setCertificate(turned(statement.getCertificate(), position - body - signature, bit))
        .build();
  }

  static int size(SignedStatement statement) {
    return statement.getBody().size()
        + statement.getSignature().size()
        + statement.getCertificate().size();
  }

  private static ByteString turned(ByteString bytes, int position, int bit) {
    byte[] changed = bytes.toByteArray();
    changed[position] ^= (byte) (1 << bit);
    return ByteString.copyFrom(changed);
  }
}
