package io.tributary.coordinator.store;

import io.tributary.common.notary.LogEntry;
import io.tributary.common.notary.Notary;
import io.tributary.common.notary.Pseudonyms;
import io.tributary.common.notary.StatementBodies;
import io.tributary.common.wire.Digest;
import io.tributary.common.wire.v1.SignedStatement;
import io.tributary.coordinator.job.ModelStore.Draft;
import io.tributary.coordinator.ledger.Ledger;
import io.tributary.coordinator.ledger.RunRow;
import java.time.Clock;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Writes the next entry of a run's transparency log; the ledger appends it. */
final class RunLog {
  private final RunRow run;
  private final Ledger ledger;
  private final Notary notary;
  private final Pseudonyms pseudonyms;
  private final Clock clock;
  private final Digest jobDigest;

  RunLog(RunRow run, Ledger ledger, Notary notary, Clock clock) {
    this.run = run;
    this.ledger = ledger;
    this.notary = notary;
    this.pseudonyms = new Pseudonyms(run.pseudonymKey());
    this.clock = clock;
    this.jobDigest = run.jobDigest();
  }

  /** Entry 0: the job and its initial weights. */
  SignedStatement first(Digest initialWeights) {
    return notary.sign(
        new LogEntry(
            run.runId(),
            0,
            LogEntry.NOTHING,
            jobDigest,
            0,
            LogEntry.NOTHING,
            List.of(),
            List.of(),
            initialWeights,
            clock.instant()));
  }

  /** The entry of a round. */
  SignedStatement next(Draft draft, Digest result, Optional<Digest> optimizerState) {
    List<SignedStatement> before = ledger.log(run.runId(), draft.round() - 1, 1);
    if (before.isEmpty()) {
      throw new IllegalStateException(
          "round " + draft.round() + " has no entry before it in the log of " + run.runId());
    }
    return notary.sign(
        new LogEntry(
            run.runId(),
            draft.round(),
            StatementBodies.hash(before.get(0)),
            jobDigest,
            draft.attempt(),
            Digest.fromHex(draft.base().digest()),
            folded(draft),
            dropped(draft),
            result,
            optimizerState,
            clock.instant()));
  }

  private List<LogEntry.Folded> folded(Draft draft) {
    return draft.folded().entrySet().stream()
        .map(
            part ->
                new LogEntry.Folded(
                    pseudonyms.of(part.getKey()),
                    Digest.fromHex(part.getValue().updateDigest()),
                    part.getValue().weight()))
        .sorted(Comparator.comparing(LogEntry.Folded::pseudonym))
        .toList();
  }

  private List<LogEntry.Dropped> dropped(Draft draft) {
    return draft.dropped().entrySet().stream()
        .map(
            site ->
                LogEntry.Dropped.saying(
                    pseudonyms.of(site.getKey()),
                    site.getValue().state(),
                    site.getValue().reason()))
        .sorted(Comparator.comparing(LogEntry.Dropped::pseudonym))
        .toList();
  }
}
