package io.tributary.simulation.virtual;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/**
 * How a simulation ended: the last line of {@code --output json}. Names are the JSON's keys and
 * part of the contract.
 *
 * @param job the job's name
 * @param outcome {@code completed}, {@code failed} or {@code stopped}
 * @param reason why it did not complete; absent if it did
 * @param rounds committed rounds
 * @param sites virtual sites
 * @param partition as it was asked for
 * @param dropout likewise
 * @param seed of the job and of the simulation
 * @param cohort of the job as it was simulated
 * @param quorum likewise
 * @param workers threads that trained
 * @param initialNatsPerByte held-out loss of the initial weights; absent if nobody reported
 * @param finalNatsPerByte held-out loss of the last model; absent if nobody reported
 * @param modelDigest SHA-256 of the last model; absent if there is none
 * @param droppedSites how often a site dropped out of a round, in all
 * @param wallSeconds of this process, from its first to its last event
 * @param trainingSeconds inside trainers, over all workers
 * @param overheadRatio wallSeconds / (trainingSeconds / workers); absent when nothing was trained
 * @param peakResidentBytes of this process; absent where the system does not tell
 * @param out the directory with everything
 * @param lines every attempt
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SimulationResult(
    String job,
    String outcome,
    String reason,
    int rounds,
    int sites,
    String partition,
    double dropout,
    long seed,
    int cohort,
    int quorum,
    int workers,
    Double initialNatsPerByte,
    Double finalNatsPerByte,
    String modelDigest,
    long droppedSites,
    double wallSeconds,
    double trainingSeconds,
    Double overheadRatio,
    Long peakResidentBytes,
    String out,
    @com.fasterxml.jackson.annotation.JsonIgnore List<RoundLine> lines) {
  /** Copies the lines. */
  public SimulationResult {
    lines = List.copyOf(lines);
  }

  /** Whether all rounds were committed. */
  @com.fasterxml.jackson.annotation.JsonIgnore
  public boolean isCompleted() {
    return outcome.equals("completed");
  }
}
