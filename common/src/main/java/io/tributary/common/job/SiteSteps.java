package io.tributary.common.job;

/**
 * How far a site may go from the job's number of local steps, by its own configuration: a slow site
 * does fewer and still makes the deadline (the device heterogeneity of Li et al., "Federated
 * optimization in heterogeneous networks", 2020, section 3).
 *
 * @param least fewest optimizer steps a round
 * @param most optimizer steps a round
 */
public record SiteSteps(Integer least, Integer most) {
  /** Checks both. */
  public SiteSteps {
    Checks.required("local.site-steps.least", least);
    Checks.required("local.site-steps.most", most);
    Checks.range("local.site-steps.least", least, 1, LocalTraining.MAX_STEPS);
    Checks.range("local.site-steps.most", most, least, LocalTraining.MAX_STEPS);
  }
}
