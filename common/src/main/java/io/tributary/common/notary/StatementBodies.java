package io.tributary.common.notary;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.Digest;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.v1.DroppedSite;
import io.tributary.common.wire.v1.FoldedUpdate;
import io.tributary.common.wire.v1.LogEntryBody;
import io.tributary.common.wire.v1.ReceiptBody;
import io.tributary.common.wire.v1.SignedStatement;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Receipts and log entries as the bytes that are signed and hashed, and back. A body is written
 * once, by the coordinator; everybody else keeps the bytes as they came.
 *
 * <p>Reading believes nothing: what it returns has passed every check of its record. Whether the
 * coordinator said it is the {@link StatementVerifier}'s business.
 */
public final class StatementBodies {
  /**
   * Largest body. Together with signature and certificate it leaves room in one control frame of
   * the default 1 MiB.
   */
  public static final int MAX_BODY_BYTES = 960 * 1024;

  /** Different from what is signed, so that no signature is ever over something hashed here. */
  private static final ByteString ENTRY_HASH =
      ByteString.copyFrom("tributary log entry hash v1\0", StandardCharsets.US_ASCII);

  private StatementBodies() {}

  /** Writes a receipt. */
  public static ByteString encode(Receipt receipt) {
    return ReceiptBody.newBuilder()
        .setFormat(Receipt.FORMAT)
        .setRunId(receipt.task().runId())
        .setRound(receipt.task().round())
        .setAttempt(receipt.task().attempt())
        .setSite(receipt.site().value())
        .setPseudonym(receipt.pseudonym())
        .setUpdateDigest(bytes(receipt.updateDigest()))
        .setWeight(receipt.weight())
        .setBaseDigest(bytes(receipt.baseDigest()))
        .setCommittedAtMillis(receipt.committedAt().toEpochMilli())
        .build()
        .toByteString();
  }

  /** Writes an entry of the log. */
  public static ByteString encode(LogEntry entry) {
    LogEntryBody.Builder body =
        LogEntryBody.newBuilder()
            .setFormat(LogEntry.FORMAT)
            .setRunId(entry.runId())
            .setSequence(entry.sequence())
            .setPreviousHash(bytes(entry.previousHash()))
            .setJobDigest(bytes(entry.jobDigest()))
            .setAttempt(entry.attempt())
            .setBaseDigest(bytes(entry.baseDigest()))
            .setResultDigest(bytes(entry.resultDigest()))
            .setPublishedAtMillis(entry.publishedAt().toEpochMilli());
    entry.optimizerState().ifPresent(state -> body.setOptimizerStateDigest(bytes(state)));
    for (LogEntry.Folded update : entry.folded()) {
      body.addFolded(
          FoldedUpdate.newBuilder()
              .setPseudonym(update.pseudonym())
              .setUpdateDigest(bytes(update.updateDigest()))
              .setWeight(update.weight()));
    }
    for (LogEntry.Dropped site : entry.dropped()) {
      body.addDropped(
          DroppedSite.newBuilder()
              .setPseudonym(site.pseudonym())
              .setState(site.state())
              .setReason(site.reason()));
    }
    return body.build().toByteString();
  }

  /**
   * Reads a receipt.
   *
   * @throws StatementException saying which part is wrong
   */
  public static Receipt receipt(ByteString body) throws StatementException {
    requireSize(body);
    return read(
        "receipt",
        () -> {
          ReceiptBody read = ReceiptBody.parseFrom(body);
          requireFormat("receipt", read.getFormat(), Receipt.FORMAT);
          return new Receipt(
              new TaskId(read.getRunId(), read.getRound(), read.getAttempt(), TaskId.Kind.TRAIN),
              new SiteName(read.getSite()),
              read.getPseudonym(),
              digest(read.getUpdateDigest()),
              read.getWeight(),
              digest(read.getBaseDigest()),
              Instant.ofEpochMilli(read.getCommittedAtMillis()));
        });
  }

  /**
   * Reads an entry of the log.
   *
   * @throws StatementException saying which part is wrong
   */
  public static LogEntry entry(ByteString body) throws StatementException {
    requireSize(body);
    return read(
        "log entry",
        () -> {
          LogEntryBody read = LogEntryBody.parseFrom(body);
          requireFormat("log entry", read.getFormat(), LogEntry.FORMAT);
          return new LogEntry(
              read.getRunId(),
              read.getSequence(),
              digest(read.getPreviousHash()),
              digest(read.getJobDigest()),
              read.getAttempt(),
              digest(read.getBaseDigest()),
              folded(read.getFoldedList()),
              dropped(read.getDroppedList()),
              digest(read.getResultDigest()),
              read.getOptimizerStateDigest().isEmpty()
                  ? Optional.empty()
                  : Optional.of(digest(read.getOptimizerStateDigest())),
              Instant.ofEpochMilli(read.getPublishedAtMillis()));
        });
  }

  /** The hash by which the next entry names this one: SHA-256 of a prefix and the body's bytes. */
  public static Digest hash(SignedStatement entry) {
    return Digest.sha256(ENTRY_HASH.concat(entry.getBody()).toByteArray());
  }

  private static List<LogEntry.Folded> folded(List<FoldedUpdate> updates) {
    return updates.stream()
        .map(
            update ->
                new LogEntry.Folded(
                    update.getPseudonym(), digest(update.getUpdateDigest()), update.getWeight()))
        .toList();
  }

  private static List<LogEntry.Dropped> dropped(List<DroppedSite> sites) {
    return sites.stream()
        .map(site -> new LogEntry.Dropped(site.getPseudonym(), site.getState(), site.getReason()))
        .toList();
  }

  @FunctionalInterface
  private interface Reading<T> {
    T read() throws InvalidProtocolBufferException, StatementException;
  }

  private static <T> T read(String what, Reading<T> reading) throws StatementException {
    try {
      return reading.read();
    } catch (InvalidProtocolBufferException e) {
      throw new StatementException("the bytes are no " + what, e);
    } catch (IllegalArgumentException | UserErrorException e) {
      throw new StatementException("the " + what + " is not valid: " + e.getMessage(), e);
    }
  }

  private static void requireSize(ByteString body) throws StatementException {
    if (body.isEmpty() || body.size() > MAX_BODY_BYTES) {
      throw new StatementException(
          "a statement's body has 1 to " + MAX_BODY_BYTES + " bytes, not " + body.size());
    }
  }

  private static void requireFormat(String what, int format, int known) throws StatementException {
    if (Integer.compareUnsigned(format, known) > 0) {
      throw new StatementException(
          "the %s has format %s, but this version reads up to %d: use a newer version of Tributary"
              .formatted(what, Integer.toUnsignedString(format), known));
    }
    if (format != known) {
      throw new StatementException("the bytes are no " + what + ": they name no format");
    }
  }

  private static ByteString bytes(Digest digest) {
    return ByteString.copyFrom(digest.bytes());
  }

  private static Digest digest(ByteString bytes) {
    return Digest.of(bytes.toByteArray());
  }
}
