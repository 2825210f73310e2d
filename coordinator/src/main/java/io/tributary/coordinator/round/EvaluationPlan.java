package io.tributary.coordinator.round;

/**
 * The rules of one federated evaluation.
 *
 * @param round the training round whose model is evaluated; 0 for the initial weights
 * @param wantedSites sites to wait for before it starts
 * @param gatherMillis longest wait for them; then it starts with whoever is there
 * @param deadlineMillis longest time to collect reports
 * @param rejoinGraceMillis how long a disconnected site still counts as working
 */
public record EvaluationPlan(
    int round, int wantedSites, long gatherMillis, long deadlineMillis, long rejoinGraceMillis) {
  /** Checks each rule. */
  public EvaluationPlan {
    if (round < 0
        || wantedSites < 1
        || gatherMillis < 0
        || deadlineMillis < 1
        || rejoinGraceMillis < 0) {
      throw new IllegalArgumentException(
          "evaluation of round "
              + round
              + " wants "
              + wantedSites
              + " sites within "
              + gatherMillis
              + " ms, a deadline of "
              + deadlineMillis
              + " ms and a rejoin grace of "
              + rejoinGraceMillis
              + " ms: sites and deadline must be at least 1, the rest at least 0");
    }
  }
}
