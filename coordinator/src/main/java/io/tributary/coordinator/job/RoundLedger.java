package io.tributary.coordinator.job;

import io.tributary.common.store.CrashMoment;
import io.tributary.coordinator.ledger.Ledger;
import io.tributary.coordinator.ledger.UploadRow;
import io.tributary.coordinator.round.RoundEffect;
import io.tributary.coordinator.round.RoundState;
import io.tributary.coordinator.round.RoundState.Collecting;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;

/**
 * What one round writes to the ledger: its machine's persisting effects, and how much of an open
 * attempt's deadline is used up. Everything here is durable when it returns. Confined to the
 * owner's thread.
 */
final class RoundLedger {
  /** Most of a deadline that a crash can give back. */
  private static final long ELAPSED_INTERVAL_MILLIS = 1_000;

  private final JobContext context;
  private final Ledger ledger;
  private final int round;
  private final String baseDigest;
  private final Queue<UploadRow> uploads = new ArrayDeque<>(); // read, and nobody took them yet
  private int uploadsRead;
  private Optional<Collecting> open = Optional.empty();
  private Runnable cancelTick = () -> {};
  private int timed; // attempts so far: a tick of an earlier one may come too late to be cancelled

  RoundLedger(JobContext context, int round, String baseDigest) {
    this.context = context;
    this.ledger = context.ledger();
    this.round = round;
    this.baseDigest = baseDigest;
  }

  /** The round's next update in the order of commit, each once; null if there is none yet. */
  UploadRow nextUpload() {
    if (uploads.isEmpty()) {
      List<UploadRow> more = ledger.uploads(context.runId(), round, uploadsRead);
      uploads.addAll(more);
      uploadsRead += more.size();
    }
    return uploads.poll();
  }

  /** Whether the ledger already names the round's model as the head. */
  boolean isPublished() {
    return ledger.head(context.runId()).filter(head -> head.round() == round).isPresent();
  }

  void perform(RoundEffect.Persist effect) {
    String run = context.runId();
    if (effect instanceof RoundEffect.OpenAttempt start) {
      ledger.openAttempt(run, round, start.attempt(), baseDigest, AttemptRows.rows(start.tasks()));
      context.crash().reached(CrashMoment.ATTEMPT_OPENED);
    } else if (effect instanceof RoundEffect.RefuseTask refuse) {
      ledger.refuseTask(
          run, round, refuse.attempt(), refuse.site(), OutcomeLog.oneLine(refuse.reason()));
    } else if (effect instanceof RoundEffect.CloseAttempt close) {
      ledger.closeAttempt(
          run,
          round,
          close.attempt(),
          close.closing(),
          close.contributors(),
          AttemptRows.rows(close.tasks()));
      context.crash().reached(CrashMoment.ATTEMPT_CLOSED);
    } else if (effect instanceof RoundEffect.AbortAttempt abort) {
      ledger.abortAttempt(
          run,
          round,
          abort.attempt(),
          abort.reason(),
          abort.last(),
          abort.retained(),
          AttemptRows.rows(abort.tasks()));
      context.crash().reached(CrashMoment.ATTEMPT_ABORTED);
    }
  }

  /** Keeps time for an open attempt; to be told of every new state before its effects. */
  void follow(RoundState state) {
    if (state instanceof Collecting collecting) {
      boolean ticking = open.isPresent();
      open = Optional.of(collecting);
      if (!ticking) {
        tick(++timed);
      }
    } else {
      stopTime();
    }
  }

  /** Writes the elapsed time for the last time, if an attempt is open. */
  void stopTime() {
    cancelTick.run();
    recordElapsed();
    open = Optional.empty();
  }

  /** Writes nothing any more. */
  void abandon() {
    cancelTick.run();
    open = Optional.empty();
  }

  private void tick(int attempt) {
    cancelTick =
        context
            .timer()
            .schedule(
                context.now() + ELAPSED_INTERVAL_MILLIS,
                () -> {
                  if (attempt == timed && open.isPresent()) {
                    recordElapsed();
                    tick(attempt);
                  }
                });
  }

  private void recordElapsed() {
    open.ifPresent(
        collecting ->
            ledger.recordElapsed(
                context.runId(),
                round,
                collecting.attempt(),
                Math.max(0, context.now() - collecting.startedMillis())));
  }
}
