package io.tributary.common.notary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.wire.Digest;
import io.tributary.common.wire.v1.SignedStatement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class LogChainTest {
  private static final int ROUNDS = 5;
  private static final SigningAuthority AUTHORITY = new SigningAuthority();
  private static final Notary NOTARY = AUTHORITY.notary();
  private static final List<SignedStatement> LOG = Statements.log(NOTARY, ROUNDS);

  private static LogChain chain(List<SignedStatement> log) throws StatementException {
    LogChain chain = new LogChain(AUTHORITY.verifier());
    for (SignedStatement entry : log) {
      chain.append(entry);
    }
    return chain;
  }

  private static void broken(List<SignedStatement> log, String reason) {
    assertThatThrownBy(() -> chain(log))
        .isInstanceOf(StatementException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void aGoodLogIsSummedUp() throws StatementException {
    LogChain.Summary summary = chain(LOG).summary().orElseThrow();
    assertThat(summary.runId()).isEqualTo(Statements.RUN);
    assertThat(summary.entries()).isEqualTo(ROUNDS + 1);
    assertThat(summary.updates()).isEqualTo(3L * ROUNDS);
    assertThat(summary.modelDigest()).isEqualTo(Statements.digest("model " + ROUNDS));
    assertThat(summary.headHash()).isEqualTo(StatementBodies.hash(LOG.get(ROUNDS)));
    assertThat(summary.signers()).hasSize(1);
  }

  @Test
  void noEntriesAreNoLog() throws StatementException {
    LogChain empty = chain(List.of());
    assertThat(empty.summary()).isEqualTo(Optional.empty());
    assertThat(empty.nextSequence()).isZero();
    assertThat(empty.headHash()).isEqualTo(LogEntry.NOTHING);
  }

  @Property(tries = 2000)
  void anyTurnedBitIsFound(
      @ForAll @IntRange(min = 0, max = ROUNDS) int index,
      @ForAll @IntRange(min = 0, max = 99_999) int position,
      @ForAll @IntRange(min = 0, max = 7) int bit) {
    List<SignedStatement> log = new ArrayList<>(LOG);
    SignedStatement entry = log.get(index);
    log.set(index, Statements.turned(entry, position % Statements.size(entry), bit));
    broken(log, "");
  }

  @Property
  void anyTwoEntriesChangedRoundAreFound(
      @ForAll @IntRange(min = 0, max = ROUNDS) int one,
      @ForAll @IntRange(min = 0, max = ROUNDS) int other) {
    Assume.that(one != other);
    List<SignedStatement> log = new ArrayList<>(LOG);
    Collections.swap(log, one, other);
    broken(log, "must stand: entries are missing, doubled or out of order");
  }

  @Property
  void anyDoubledEntryIsFound(
      @ForAll @IntRange(min = 0, max = ROUNDS) int index,
      @ForAll @IntRange(min = 0, max = ROUNDS + 1) int place) {
    List<SignedStatement> log = new ArrayList<>(LOG);
    log.add(place, LOG.get(index));
    broken(log, "must stand");
  }

  @Property
  void anyEntryTakenOutIsFoundOrChangesTheHead(@ForAll @IntRange(min = 0, max = ROUNDS) int index)
      throws StatementException {
    List<SignedStatement> log = new ArrayList<>(LOG);
    log.remove(index);
    if (index < ROUNDS) {
      broken(log, "must stand");
    } else {
      assertThat(chain(log).headHash()).isNotEqualTo(chain(LOG).headHash());
    }
  }

  /** Even the holder of the key cannot change the past without the sites seeing it. */
  @Test
  void anEntrySignedAnewBreaksTheNext() {
    List<SignedStatement> log = new ArrayList<>(LOG);
    Digest previous = StatementBodies.hash(log.get(1));
    log.set(2, NOTARY.sign(Statements.entry(2, previous, "north", "south")));
    broken(log, "belongs to another history of this run");
  }

  @Test
  void aRoundThatStartedFromAnotherModelIsFound() {
    LogEntry entry = Statements.entry(1, StatementBodies.hash(LOG.get(0)), "north");
    LogEntry elsewhere =
        new LogEntry(
            entry.runId(),
            1,
            entry.previousHash(),
            entry.jobDigest(),
            1,
            Statements.digest("another model"),
            entry.folded(),
            entry.dropped(),
            entry.resultDigest(),
            entry.publishedAt());
    broken(List.of(LOG.get(0), NOTARY.sign(elsewhere)), "its round started from model");
  }

  @Test
  void entriesOfAnotherRunOrJobAreFound() {
    Digest previous = StatementBodies.hash(LOG.get(0));
    LogEntry entry = Statements.entry(1, previous, "north");
    broken(
        List.of(LOG.get(0), NOTARY.sign(of(entry, "other.01234567", entry.jobDigest()))),
        "it is of run other.01234567");
    broken(
        List.of(LOG.get(0), NOTARY.sign(of(entry, entry.runId(), Statements.digest("other job")))),
        "it names another job");
  }

  private static LogEntry of(LogEntry entry, String runId, Digest job) {
    return new LogEntry(
        runId,
        entry.sequence(),
        entry.previousHash(),
        job,
        entry.attempt(),
        entry.baseDigest(),
        entry.folded(),
        entry.dropped(),
        entry.resultDigest(),
        entry.publishedAt());
  }

  @Test
  void aRenewedCertificateIsReportedAndTheOldOneNeverReturns() throws StatementException {
    Notary renewed = AUTHORITY.notary();
    List<SignedStatement> log = new ArrayList<>(LOG.subList(0, 2));
    Digest previous = StatementBodies.hash(log.get(1));
    log.add(renewed.sign(Statements.entry(2, previous, "north")));
    LogChain.Summary summary = chain(log).summary().orElseThrow();
    assertThat(summary.signers()).extracting(LogChain.Signer::fromSequence).containsExactly(0, 2);
    assertThat(summary.signers().get(0).fingerprint())
        .isEqualTo(Digest.sha256(LOG.get(0).getCertificate().toByteArray()));
    log.add(NOTARY.sign(Statements.entry(3, StatementBodies.hash(log.get(2)), "north")));
    broken(log, "which had been replaced by another");
  }

  @Test
  void aRefusedEntryChangesNothing() throws StatementException {
    LogChain chain = chain(LOG.subList(0, 3));
    Optional<LogChain.Summary> before = chain.summary();
    assertThatThrownBy(() -> chain.append(LOG.get(5))).isInstanceOf(StatementException.class);
    assertThat(chain.summary()).isEqualTo(before);
    assertThat(chain.append(LOG.get(3)).sequence()).isEqualTo(3);
  }

  @Test
  void anotherFederationsLogIsNamedAsSuch() {
    broken(Statements.log(new SigningAuthority().notary(), 1), "issued by another authority");
  }
}
