package io.tributary.client.train;

import java.util.Map;

/**
 * What training gave, before anything is done to make it fit to leave.
 *
 * @param delta new weights minus old over the layout's trainable tensors, in layout order
 * @param exampleCount training examples behind it
 * @param metrics by name; those that the job does not declare stay home
 */
@SuppressWarnings("ArrayRecordComponent") // a record of one big array, compared by nobody
public record LocalUpdate(float[] delta, long exampleCount, Map<String, Double> metrics) {
  /** Copies the metrics. */
  public LocalUpdate {
    metrics = Map.copyOf(metrics);
  }
}
