package io.tributary.cli.demo;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/**
 * What the spam demo measured: the JSON object on the last line of {@code --output json}. All
 * scores are macro-F1 on held-out mails.
 *
 * @param sites how many took part
 * @param mails of all of them
 * @param processes that hosted them
 * @param rounds committed rounds
 * @param tune what was trained
 * @param macroF1Initial of the first model, on all sites' held-out mails together
 * @param macroF1Final of the last model
 * @param macroF1AloneMean mean over the sites of the model that each trained alone, on the same
 *     mails; absent without baseline
 * @param macroF1Pooled of a model that was trained on all mails together; absent without baseline
 * @param modelDigest SHA-256 of the last model's weights
 * @param modelDirectory where the model is; absent when it was deleted with the demo's home
 * @param bytesUp received by the coordinator
 * @param bytesDown sent by the coordinator
 * @param seconds from the start of the first process to the last score of the federation's models,
 *     without baselines
 * @param federationSeconds of these, until the job was done
 * @param peakResidentBytes sum of all processes' peaks, this one's included; absent where the
 *     system does not tell
 * @param perSite each site
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SpamResult(
    int sites,
    int mails,
    int processes,
    int rounds,
    String tune,
    double macroF1Initial,
    double macroF1Final,
    Double macroF1AloneMean,
    Double macroF1Pooled,
    String modelDigest,
    String modelDirectory,
    long bytesUp,
    long bytesDown,
    double seconds,
    double federationSeconds,
    Long peakResidentBytes,
    List<Site> perSite) {

  /**
   * One site.
   *
   * @param site its name
   * @param mails how many
   * @param spam of these
   * @param macroF1Initial on its own held-out mails; absent where these are all of one kind
   * @param macroF1Final the same of the last model
   * @param macroF1Alone of the model that it trained alone, on all sites' held-out mails; absent
   *     without baseline
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Site(
      String site,
      int mails,
      int spam,
      Double macroF1Initial,
      Double macroF1Final,
      Double macroF1Alone) {}
}
