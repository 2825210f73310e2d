package io.tributary.client.train;

/**
 * What a job means on one site's data, known before any work.
 *
 * @param exampleCount training examples in this site's data: the weight of its updates
 * @param steps optimizer steps of one training task
 * @param evaluationBytes bytes that an evaluation predicts
 */
public record LocalPlan(long exampleCount, long steps, long evaluationBytes) {
  /** Checks that there is something to train on and something to judge by. */
  public LocalPlan {
    if (exampleCount < 1 || steps < 1 || evaluationBytes < 1) {
      throw new IllegalArgumentException(
          "plan has "
              + exampleCount
              + " examples, "
              + steps
              + " steps, "
              + evaluationBytes
              + " evaluation bytes: each must be at least 1");
    }
  }
}
