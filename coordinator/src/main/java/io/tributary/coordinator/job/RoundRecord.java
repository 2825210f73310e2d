package io.tributary.coordinator.job;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;

/**
 * How one attempt at a round ended: one line of {@code rounds.jsonl}, and the history of the admin
 * API. Component names are the JSON's keys and part of the contract.
 *
 * <p>Overhead is the wall time of the round, from the start of its training phase to the end of its
 * evaluation, minus the time in which at least one site was seen training or evaluating: from its
 * first progress report of that stage until its upload offer or evaluation report arrived, or it
 * was lost. What a restarted coordinator measures begins at its restart.
 *
 * @param run the job's name
 * @param round from 1; 0 is the evaluation of the initial weights
 * @param attempt from 1
 * @param outcome {@code initial}, {@code committed} or {@code aborted}
 * @param reason why it closed or was aborted
 * @param startedAt ISO-8601 instant
 * @param selected sites that were asked, and those whose update was retained
 * @param sites how each of them ended
 * @param baseDigest SHA-256 of the model that the round started from
 * @param modelDigest SHA-256 of the model it published; absent if it was aborted
 * @param heldOut federated evaluation of that model; absent if it was aborted
 * @param bytesUp from sites, during the attempt and its evaluation
 * @param bytesDown to sites
 * @param seconds wall time
 * @param overheadSeconds see above
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RoundRecord(
    String run,
    int round,
    int attempt,
    String outcome,
    String reason,
    String startedAt,
    List<String> selected,
    List<Site> sites,
    String baseDigest,
    String modelDigest,
    HeldOut heldOut,
    long bytesUp,
    long bytesDown,
    double seconds,
    double overheadSeconds) {

  /**
   * One site's end.
   *
   * @param site its name
   * @param state {@code folded}, {@code durable} (retained for the next attempt), {@code dropped},
   *     {@code late} or {@code refused}
   * @param reason why it has no part in the model; absent if it has
   * @param attempt in which it was asked
   * @param rejoins how often it came back while its task was open
   * @param weight of its update
   * @param updateDigest of its update
   * @param metrics declared metrics that it sent
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Site(
      String site,
      String state,
      String reason,
      int attempt,
      int rejoins,
      Long weight,
      String updateDigest,
      Map<String, Double> metrics) {}

  /**
   * The loss on the union of the sites' held-out bytes.
   *
   * @param natsPerByte absent if nobody reported
   * @param natsTotal over all reports
   * @param byteCount over all reports
   * @param reason why the evaluation closed
   * @param sites every site that was asked
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record HeldOut(
      Double natsPerByte, double natsTotal, long byteCount, String reason, List<SiteLoss> sites) {}

  /**
   * One site's report.
   *
   * @param site its name
   * @param state {@code reported}, {@code dropped}, {@code late} or {@code refused}
   * @param reason why it did not report; absent if it did
   * @param natsPerByte on its own held-out part
   * @param byteCount of its own held-out part
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record SiteLoss(
      String site, String state, String reason, Double natsPerByte, Long byteCount) {}
}
