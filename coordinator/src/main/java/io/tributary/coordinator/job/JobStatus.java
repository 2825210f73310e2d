package io.tributary.coordinator.job;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/**
 * A job as it stands: {@code GET /v1/status}. Component names are the JSON's keys and part of the
 * contract.
 *
 * @param run the job's name
 * @param state {@code starting}, {@code training}, {@code evaluating}, {@code completed}, {@code
 *     failed}, {@code stopped}, {@code paused} or {@code suspended}
 * @param reason why it failed or stopped
 * @param round the round in work, or the last one
 * @param rounds how many there will be
 * @param attempt at the round in work
 * @param phase state of the round or evaluation machine, such as {@code collecting}
 * @param modelDigest SHA-256 of the head
 * @param sites every connected site and every site with a task
 * @param history ended attempts, oldest first, at most the last {@link #MAX_HISTORY}
 * @param bytesUp from sites, in this process
 * @param bytesDown to sites, in this process
 * @param seconds since this process took the run up
 * @param peakResidentBytes of the process; absent where the system does not tell
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record JobStatus(
    String run,
    String state,
    String reason,
    int round,
    int rounds,
    Integer attempt,
    String phase,
    String modelDigest,
    List<Site> sites,
    List<RoundRecord> history,
    long bytesUp,
    long bytesDown,
    double seconds,
    Long peakResidentBytes) {
  /** Most records kept in memory; {@code rounds.jsonl} has all. */
  public static final int MAX_HISTORY = 256;

  /**
   * One site.
   *
   * @param site its name
   * @param connected whether it is connected now
   * @param state of its task: {@code idle} if it has none
   * @param done steps, windows or bytes done; absent where there is nothing to count
   * @param total of them
   * @param reason why its task ended without a result
   * @param rejoins how often it came back while its task was open
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Site(
      String site,
      boolean connected,
      String state,
      Long done,
      Long total,
      String reason,
      int rejoins) {}
}
