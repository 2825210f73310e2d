package io.tributary.simulation.virtual;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.tributary.coordinator.job.RoundRecord;

/**
 * One attempt at a round: a row of {@code rounds.csv}. Names are the columns.
 *
 * @param round from 1; 0 is the evaluation of the initial weights
 * @param attempt from 1
 * @param outcome {@code initial}, {@code committed} or {@code aborted}
 * @param selected sites that were asked
 * @param folded updates in the model
 * @param dropped sites that went away
 * @param late updates that came after the cohort was complete
 * @param refused sites or updates that were refused
 * @param heldOutNatsPerByte on all sites' held-out text; absent if nobody reported
 * @param heldOutBytes that were judged
 * @param virtualSeconds by the simulation's clock
 * @param wallSeconds since the line before; absent for lines of an earlier process that were not
 *     written
 * @param trainingSeconds inside trainers, over all workers, since the line before; likewise
 * @param modelDigest of the published model; absent if it was aborted
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RoundLine(
    int round,
    int attempt,
    String outcome,
    int selected,
    int folded,
    int dropped,
    int late,
    int refused,
    Double heldOutNatsPerByte,
    long heldOutBytes,
    double virtualSeconds,
    Double wallSeconds,
    Double trainingSeconds,
    String modelDigest) {

  static RoundLine of(RoundRecord record, Double wallSeconds, Double trainingSeconds) {
    RoundRecord.HeldOut heldOut = record.heldOut();
    return new RoundLine(
        record.round(),
        record.attempt(),
        record.outcome(),
        record.selected().size(),
        count(record, "folded"),
        count(record, "dropped"),
        count(record, "late"),
        count(record, "refused"),
        heldOut == null ? null : heldOut.natsPerByte(),
        heldOut == null ? 0 : heldOut.byteCount(),
        record.seconds(),
        wallSeconds,
        trainingSeconds,
        record.modelDigest());
  }

  private static int count(RoundRecord record, String state) {
    return (int) record.sites().stream().filter(site -> site.state().equals(state)).count();
  }
}
