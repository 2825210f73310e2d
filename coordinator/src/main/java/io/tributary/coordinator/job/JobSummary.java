package io.tributary.coordinator.job;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * How a job ended: what the coordinator process prints last.
 *
 * @param run the job's name
 * @param outcome {@code completed}, {@code failed}, {@code stopped}, or of a run that goes on later
 *     {@code paused} or {@code suspended}
 * @param reason why it did not complete; absent if it did
 * @param rounds committed rounds
 * @param heldOutNatsPerByteInitial of the initial weights; absent if nobody reported
 * @param heldOutNatsPerByteFinal of the last model that was evaluated; absent if nobody reported
 * @param modelDigest SHA-256 of the published model; absent if there is none
 * @param modelDirectory where it is
 * @param bytesUp from sites, in this process
 * @param bytesDown to sites, in this process
 * @param seconds wall time since this process took the run up
 * @param roundOverheadSecondsMedian over committed rounds; absent if there is none
 * @param peakResidentBytes of the process; absent where the system does not tell
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record JobSummary(
    String run,
    String outcome,
    String reason,
    int rounds,
    Double heldOutNatsPerByteInitial,
    Double heldOutNatsPerByteFinal,
    String modelDigest,
    String modelDirectory,
    long bytesUp,
    long bytesDown,
    double seconds,
    Double roundOverheadSecondsMedian,
    Long peakResidentBytes) {

  /** Whether all rounds were committed. */
  @com.fasterxml.jackson.annotation.JsonIgnore
  public boolean isCompleted() {
    return outcome.equals("completed");
  }
}
