package io.tributary.coordinator.job;

import io.tributary.common.tls.SiteName;
import io.tributary.coordinator.round.EvaluationState;
import io.tributary.coordinator.round.RoundEffect;
import io.tributary.coordinator.round.SiteState;
import io.tributary.coordinator.round.SiteTask;
import io.tributary.coordinator.round.UpdateReceipt;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/**
 * Writes the job's history: measures each attempt from its start, and appends one {@link
 * RoundRecord} when it has ended. Confined to the owner's thread.
 */
final class RecordBook {
  private static final double MILLIS_PER_SECOND = 1000;

  private final JobContext context;
  private final Deque<RoundRecord> recent = new ArrayDeque<>();
  private final List<Double> overheads = new ArrayList<>();

  private Instant startedAt = Instant.EPOCH;
  private long startedMillis;
  private long busyAtStart;
  private long upAtStart;
  private long downAtStart;

  private Double initialLoss;
  private Double latestLoss;

  RecordBook(JobContext context) {
    this.context = context;
  }

  /** A round, its next attempt or the first evaluation starts. */
  void start() {
    startedAt = context.wallClock().instant();
    startedMillis = context.now();
    busyAtStart = context.activity().busyMillis(startedMillis);
    upAtStart = context.gateway().bytesUp();
    downAtStart = context.gateway().bytesDown();
  }

  /** The initial weights were evaluated. */
  void initial(ModelReference model, EvaluationState.Finished evaluation) {
    RoundRecord.HeldOut heldOut = heldOut(evaluation);
    initialLoss = heldOut.natsPerByte();
    latestLoss = heldOut.natsPerByte();
    append(0, 1, "initial", heldOut.reason(), List.of(), model.digest(), model.digest(), heldOut);
  }

  /** An attempt was aborted; the next one is measured from here. */
  void aborted(
      int round,
      ModelReference base,
      RoundEffect.RecordAttempt attempt,
      Map<SiteName, Map<String, Double>> metrics) {
    append(
        round,
        attempt.attempt(),
        "aborted",
        attempt.reason(),
        sites(attempt, metrics),
        base.digest(),
        null,
        null);
    start();
  }

  /** A round was committed and its model evaluated. */
  void committed(
      int round,
      ModelReference base,
      RoundEffect.RecordAttempt attempt,
      Map<SiteName, Map<String, Double>> metrics,
      EvaluationState.Finished evaluation) {
    RoundRecord.HeldOut heldOut = heldOut(evaluation);
    if (heldOut.natsPerByte() != null) {
      latestLoss = heldOut.natsPerByte();
    }
    RoundRecord record =
        append(
            round,
            attempt.attempt(),
            "committed",
            attempt.reason(),
            sites(attempt, metrics),
            base.digest(),
            attempt.modelDigest().orElseThrow(),
            heldOut);
    overheads.add(record.overheadSeconds());
  }

  List<RoundRecord> recent() {
    return List.copyOf(recent);
  }

  Double initialLoss() {
    return initialLoss;
  }

  Double latestLoss() {
    return latestLoss;
  }

  /** Median over committed rounds, or null if there is none. */
  Double overheadSecondsMedian() {
    if (overheads.isEmpty()) {
      return null;
    }
    List<Double> sorted = new ArrayList<>(overheads);
    Collections.sort(sorted);
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  private RoundRecord append(
      int round,
      int attempt,
      String outcome,
      String reason,
      List<RoundRecord.Site> sites,
      String baseDigest,
      String modelDigest,
      RoundRecord.HeldOut heldOut) {
    long now = context.now();
    long wallMillis = now - startedMillis;
    long busyMillis = context.activity().busyMillis(now) - busyAtStart;
    RoundRecord record =
        new RoundRecord(
            context.job().name(),
            round,
            attempt,
            outcome,
            reason,
            startedAt.toString(),
            sites.stream().map(RoundRecord.Site::site).toList(),
            sites,
            baseDigest,
            modelDigest,
            heldOut,
            context.gateway().bytesUp() - upAtStart,
            context.gateway().bytesDown() - downAtStart,
            wallMillis / MILLIS_PER_SECOND,
            (wallMillis - busyMillis) / MILLIS_PER_SECOND);
    if (recent.size() == JobStatus.MAX_HISTORY) {
      recent.removeFirst();
    }
    recent.addLast(record);
    context.journal().append(record);
    return record;
  }

  private static List<RoundRecord.Site> sites(
      RoundEffect.RecordAttempt attempt, Map<SiteName, Map<String, Double>> metrics) {
    List<RoundRecord.Site> sites = new ArrayList<>();
    attempt
        .tasks()
        .forEach(
            (name, task) -> {
              UpdateReceipt receipt = receipt(task);
              sites.add(
                  new RoundRecord.Site(
                      name.value(),
                      task.state().label(),
                      reason(task.state()),
                      task.attempt(),
                      task.rejoins(),
                      receipt == null ? null : receipt.weight(),
                      receipt == null ? null : receipt.updateDigest(),
                      receipt == null ? null : metrics.get(name)));
            });
    return sites;
  }

  private static UpdateReceipt receipt(SiteTask task) {
    if (task.state() instanceof SiteState.Folded folded) {
      return folded.receipt();
    }
    return task.state() instanceof SiteState.Durable durable ? durable.receipt() : null;
  }

  private static String reason(SiteState state) {
    return state.reason().isEmpty() ? null : state.reason();
  }

  private static RoundRecord.HeldOut heldOut(EvaluationState.Finished evaluation) {
    double nats = 0;
    long bytes = 0;
    List<RoundRecord.SiteLoss> sites = new ArrayList<>();
    for (Map.Entry<SiteName, SiteTask> entry : evaluation.tasks().entrySet()) {
      SiteState state = entry.getValue().state();
      Double natsPerByte = null;
      Long byteCount = null;
      if (state instanceof SiteState.Reported reported) { // in the order of names: fixed sums
        nats += reported.loss().natsTotal();
        bytes += reported.loss().byteCount();
        natsPerByte = reported.loss().natsPerByte();
        byteCount = reported.loss().byteCount();
      }
      sites.add(
          new RoundRecord.SiteLoss(
              entry.getKey().value(), state.label(), reason(state), natsPerByte, byteCount));
    }
    return new RoundRecord.HeldOut(
        bytes == 0 ? null : nats / bytes, nats, bytes, evaluation.reason(), sites);
  }
}
