package io.tributary.common.notary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.Digest;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.v1.LogEntryBody;
import io.tributary.common.wire.v1.ReceiptBody;
import io.tributary.common.wire.v1.SignedStatement;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class StatementBodiesTest {
  private static void refusedReceipt(UnaryOperator<ReceiptBody.Builder> change, String reason)
      throws InvalidProtocolBufferException {
    ByteString body =
        change
            .apply(ReceiptBody.parseFrom(StatementBodies.encode(Statements.receipt())).toBuilder())
            .build()
            .toByteString();
    assertThatThrownBy(() -> StatementBodies.receipt(body))
        .isInstanceOf(StatementException.class)
        .hasMessageContaining(reason);
  }

  private static void refusedEntry(UnaryOperator<LogEntryBody.Builder> change, String reason)
      throws InvalidProtocolBufferException {
    LogEntry entry = Statements.entry(4, Statements.digest("before"), "north", "south");
    ByteString body =
        change
            .apply(LogEntryBody.parseFrom(StatementBodies.encode(entry)).toBuilder())
            .build()
            .toByteString();
    assertThatThrownBy(() -> StatementBodies.entry(body))
        .isInstanceOf(StatementException.class)
        .hasMessageContaining(reason);
  }

  @Property(tries = 200)
  void receiptsComeBackAsTheyWere(
      @ForAll @IntRange(min = 1) int round,
      @ForAll @IntRange(min = 1) int attempt,
      @ForAll @LongRange(min = 1) long weight,
      @ForAll @LongRange(min = 0, max = 253_402_300_799_999L) long millis,
      @ForAll @Size(32) byte[] digest)
      throws StatementException {
    SiteName site = new SiteName("north.site-1");
    Receipt receipt =
        new Receipt(
            new TaskId(Statements.RUN, round, attempt, TaskId.Kind.TRAIN),
            site,
            Statements.PSEUDONYMS.of(site),
            Digest.of(digest),
            weight,
            Statements.digest("base"),
            Instant.ofEpochMilli(millis));
    assertThat(StatementBodies.receipt(StatementBodies.encode(receipt))).isEqualTo(receipt);
  }

  @Property(tries = 100)
  void entriesComeBackAsTheyWere(
      @ForAll @IntRange(min = 1) int sequence,
      @ForAll @IntRange(min = 1, max = 40) int folded,
      @ForAll @IntRange(min = 0, max = 40) int dropped)
      throws StatementException {
    LogEntry entry = entry(sequence, folded, dropped, "late because " + dropped);
    assertThat(StatementBodies.entry(StatementBodies.encode(entry))).isEqualTo(entry);
    assertThat(StatementBodies.entry(StatementBodies.encode(Statements.first())))
        .isEqualTo(Statements.first());
  }

  private static LogEntry entry(int sequence, int folded, int dropped, String reason) {
    return new LogEntry(
        Statements.RUN,
        sequence,
        Statements.digest("before"),
        Statements.digest("job"),
        1,
        Statements.digest("base"),
        IntStream.range(0, folded)
            .mapToObj(
                i -> new LogEntry.Folded("%032x".formatted(i), Statements.digest("u" + i), i + 1))
            .toList(),
        IntStream.range(folded, folded + dropped)
            .mapToObj(i -> new LogEntry.Dropped("%032x".formatted(i), "late", reason))
            .toList(),
        Statements.digest("result"),
        sequence % 2 == 0 ? Optional.empty() : Optional.of(Statements.digest("state")),
        Statements.TIME);
  }

  @Test
  void aRoundWithoutOptimizerStateIsWrittenAsBeforeThereWasAny() throws Exception {
    LogEntryBody plain = LogEntryBody.parseFrom(StatementBodies.encode(entry(2, 1, 0, "-")));
    assertThat(plain.getAllFields().keySet())
        .extracting(field -> field.getNumber())
        .isSubsetOf(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
    assertThatThrownBy(
            () ->
                StatementBodies.entry(
                    LogEntryBody.newBuilder(plain)
                        .setOptimizerStateDigest(ByteString.copyFrom(new byte[31]))
                        .build()
                        .toByteString()))
        .isInstanceOf(StatementException.class)
        .hasMessageContaining("32 bytes");
  }

  @Test
  void theLargestEntryFitsItsBound() {
    String reason = "x".repeat(LogEntry.Dropped.MAX_REASON_CHARACTERS);
    LogEntry largest = entry(Integer.MAX_VALUE, 1, LogEntry.MAX_SITES - 1, reason);
    assertThat(StatementBodies.encode(largest).size())
        .isLessThanOrEqualTo(StatementBodies.MAX_BODY_BYTES)
        .isGreaterThan(StatementBodies.MAX_BODY_BYTES / 2);
    assertThatThrownBy(() -> entry(1, 1, LogEntry.MAX_SITES, reason))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at most 4096 sites, not 4097");
  }

  /** Bytes from anywhere are a statement that passed every check, or refused in words. */
  @Property
  void arbitraryBytesAreRefusedInWords(@ForAll @Size(max = 400) byte[] bytes) {
    requireReadableOrRefused(ByteString.copyFrom(bytes));
  }

  @Property
  void changedBodiesAreReadableOrRefusedInWords(
      @ForAll @IntRange(min = 0, max = 999) int position,
      @ForAll byte value,
      @ForAll @IntRange(min = 0, max = 60) int removed) {
    for (ByteString body :
        List.of(
            StatementBodies.encode(Statements.receipt()),
            StatementBodies.encode(
                Statements.entry(4, Statements.digest("before"), "north", "south")))) {
      byte[] changed = body.toByteArray();
      changed[position % changed.length] = value;
      int from = position % changed.length;
      int to = Math.min(changed.length, from + removed);
      ByteString all = ByteString.copyFrom(changed);
      requireReadableOrRefused(all);
      requireReadableOrRefused(all.substring(0, from).concat(all.substring(to)));
      requireReadableOrRefused(all.concat(all.substring(from)));
    }
  }

  private static void requireReadableOrRefused(ByteString bytes) {
    try {
      Receipt receipt = StatementBodies.receipt(bytes);
      assertThat(StatementBodies.receipt(StatementBodies.encode(receipt))).isEqualTo(receipt);
    } catch (StatementException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
    try {
      LogEntry entry = StatementBodies.entry(bytes);
      assertThat(StatementBodies.entry(StatementBodies.encode(entry))).isEqualTo(entry);
    } catch (StatementException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
  }

  @Test
  void everyPartOfAReceiptIsChecked() throws InvalidProtocolBufferException {
    refusedReceipt(body -> body.setFormat(2), "format 2, but this version reads up to 1");
    refusedReceipt(body -> body.setFormat(-1), "format 4294967295");
    refusedReceipt(body -> body.setFormat(0), "name no format");
    refusedReceipt(body -> body.setRunId("a/b"), "run id");
    refusedReceipt(body -> body.setRunId("a".repeat(73)), "run id");
    refusedReceipt(body -> body.setRound(0), "round is 0");
    refusedReceipt(body -> body.setRound(-1), "round is -1");
    refusedReceipt(body -> body.setAttempt(0), "attempt is 0");
    refusedReceipt(body -> body.setSite("North"), "site name");
    refusedReceipt(body -> body.setPseudonym("abc"), "pseudonym");
    refusedReceipt(body -> body.setPseudonym("A".repeat(32)), "pseudonym");
    refusedReceipt(body -> body.setUpdateDigest(ByteString.copyFrom(new byte[31])), "32 bytes");
    refusedReceipt(body -> body.setWeight(0), "weight is 0");
    refusedReceipt(body -> body.setWeight(-1), "weight is -1");
    refusedReceipt(body -> body.clearBaseDigest(), "32 bytes");
    refusedReceipt(body -> body.setCommittedAtMillis(-1), "committed at");
    refusedReceipt(body -> body.setCommittedAtMillis(253_402_300_800_000L), "1970 to 9999");
  }

  @Test
  void everyPartOfAnEntryIsChecked() throws InvalidProtocolBufferException {
    ByteString zeros = ByteString.copyFrom(new byte[32]);
    refusedEntry(body -> body.setFormat(7), "use a newer version of Tributary");
    refusedEntry(body -> body.setRunId(""), "run id");
    refusedEntry(body -> body.setSequence(0), "zeros in entry 0");
    refusedEntry(body -> body.setSequence(-1), "sequence is -1");
    refusedEntry(body -> body.setPreviousHash(zeros), "zeros in entry 0 and in no other");
    refusedEntry(body -> body.setBaseDigest(zeros), "zeros in entry 0 and in no other");
    refusedEntry(body -> body.setJobDigest(ByteString.EMPTY), "32 bytes");
    refusedEntry(body -> body.setAttempt(0), "attempt is 0");
    refusedEntry(body -> body.clearFolded(), "at least one folded update");
    refusedEntry(body -> body.addFolded(body.getFolded(1)), "in the order of their pseudonyms");
    refusedEntry(
        body -> body.setFolded(0, body.getFolded(1)).setFolded(1, body.getFolded(0)),
        "in the order of their pseudonyms");
    refusedEntry(
        body -> body.setFolded(0, body.getFolded(0).toBuilder().setWeight(0)), "weight is 0");
    refusedEntry(
        body -> body.setDropped(0, body.getDropped(0).toBuilder().setState("folded")),
        "dropped, late or refused");
    refusedEntry(
        body -> body.setDropped(0, body.getDropped(0).toBuilder().setReason("a\nb")),
        "printable ASCII");
    refusedEntry(
        body -> body.setDropped(0, body.getDropped(0).toBuilder().setReason("x".repeat(181))),
        "1 to 180");
    refusedEntry(
        body ->
            body.setDropped(
                0, body.getDropped(0).toBuilder().setPseudonym(body.getFolded(0).getPseudonym())),
        "both folded and dropped");
    refusedEntry(body -> body.setResultDigest(ByteString.copyFrom(new byte[33])), "32 bytes");
    refusedEntry(body -> body.setPublishedAtMillis(Long.MIN_VALUE), "1970 to 9999");
  }

  @Test
  void entryZeroNamesNoSitesAndNoAttempt() {
    LogEntry first = Statements.first();
    assertThatThrownBy(
            () ->
                new LogEntry(
                    first.runId(),
                    0,
                    LogEntry.NOTHING,
                    first.jobDigest(),
                    1,
                    LogEntry.NOTHING,
                    List.of(),
                    List.of(),
                    first.resultDigest(),
                    first.publishedAt()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no attempt");
    assertThatThrownBy(
            () ->
                new LogEntry(
                    first.runId(),
                    0,
                    LogEntry.NOTHING,
                    first.jobDigest(),
                    0,
                    LogEntry.NOTHING,
                    List.of(),
                    List.of(),
                    first.resultDigest(),
                    Optional.of(Statements.digest("state")),
                    first.publishedAt()))
        .hasMessageContaining("entry 0 has no optimizer state");
    assertThatThrownBy(
            () ->
                new LogEntry(
                    first.runId(),
                    0,
                    LogEntry.NOTHING,
                    first.jobDigest(),
                    0,
                    LogEntry.NOTHING,
                    Statements.folded(0, "north"),
                    Collections.emptyList(),
                    first.resultDigest(),
                    first.publishedAt()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("entry 0 names no sites");
  }

  @Test
  void aReceiptIsForTrainingOnly() {
    Receipt receipt = Statements.receipt();
    assertThatThrownBy(
            () ->
                new Receipt(
                    new TaskId(Statements.RUN, 1, 1, TaskId.Kind.EVALUATE),
                    receipt.site(),
                    receipt.pseudonym(),
                    receipt.updateDigest(),
                    1,
                    receipt.baseDigest(),
                    Statements.TIME))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("training");
  }

  @Test
  void anyReasonCanBeSaidInAnEntry() {
    String pseudonym = "0".repeat(32);
    assertThat(LogEntry.Dropped.saying(pseudonym, "late", "a\nb\u202e").reason()).isEqualTo("a?b?");
    assertThat(LogEntry.Dropped.saying(pseudonym, "late", " ").reason())
        .isEqualTo("no reason is known");
    assertThat(LogEntry.Dropped.saying(pseudonym, "late", "x".repeat(999)).reason()).hasSize(180);
  }

  @Test
  void anOversizedBodyIsRefusedUnread() {
    ByteString body = ByteString.copyFrom(new byte[StatementBodies.MAX_BODY_BYTES + 1]);
    assertThatThrownBy(() -> StatementBodies.entry(body))
        .isInstanceOf(StatementException.class)
        .hasMessageContaining("983041");
  }

  /** Another implementation must get the same: a prefix with its zero byte, then the body. */
  @Test
  void theHashIsOfAPrefixAndTheBody() {
    SignedStatement entry =
        SignedStatement.newBuilder().setBody(ByteString.copyFromUtf8("body")).build();
    assertThat(StatementBodies.hash(entry))
        .isEqualTo(Statements.digest("tributary log entry hash v1\0body"));
  }
}
