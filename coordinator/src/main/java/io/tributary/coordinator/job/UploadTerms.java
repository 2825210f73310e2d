package io.tributary.coordinator.job;

import io.tributary.common.job.JobSpec;
import io.tributary.common.wire.Manifest;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What an upload offer must keep to before a byte of it is taken: shape, weight, declared metrics.
 */
final class UploadTerms {
  private final long updateBytes;
  private final int trainableCount;
  private final long maxWeight;
  private final List<String> declaredMetrics;

  UploadTerms(JobSpec job) {
    this.trainableCount = job.model().config().layout().trainableCount();
    this.updateBytes = (long) trainableCount * Float.BYTES;
    this.maxWeight = job.update().maxWeight();
    this.declaredMetrics = job.trainingMetrics();
  }

  /** Says why the offer is refused, or nothing. */
  Optional<String> violation(Manifest update, long weight, Map<String, Double> metrics) {
    if (update.totalBytes() != updateBytes) {
      return Optional.of(
          "update has "
              + update.totalBytes()
              + " bytes but "
              + trainableCount
              + " trainable parameters need "
              + updateBytes);
    }
    if (update.chunkBytes() % Float.BYTES != 0) {
      return Optional.of(
          "update comes in chunks of "
              + update.chunkBytes()
              + " bytes, which cut values of "
              + Float.BYTES
              + ": send chunks of a multiple of that");
    }
    if (weight < 1 || weight > maxWeight) {
      return Optional.of(
          "weight is "
              + Long.toUnsignedString(weight)
              + " but must be 1 to update.max-weight, "
              + maxWeight);
    }
    for (Map.Entry<String, Double> metric : metrics.entrySet()) {
      if (!declaredMetrics.contains(metric.getKey())) {
        return Optional.of(
            "metric \""
                + OutcomeLog.oneLine(metric.getKey())
                + "\" is not declared by the job: only "
                + declaredMetrics
                + " may be sent");
      }
      if (!Double.isFinite(metric.getValue())) {
        return Optional.of(
            "metric " + metric.getKey() + " is " + metric.getValue() + " but must be finite");
      }
    }
    return Optional.empty();
  }
}
