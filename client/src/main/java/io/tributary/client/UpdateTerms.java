package io.tributary.client;

import io.tributary.client.train.LocalPlan;
import io.tributary.client.train.LocalUpdate;
import io.tributary.client.train.TaskRefusedException;
import io.tributary.common.job.JobSpec;
import io.tributary.common.tensor.Layout;
import io.tributary.common.tensor.TensorSpec;
import io.tributary.common.update.UpdatePipeline;
import io.tributary.common.update.UpdateRefusedException;
import io.tributary.common.wire.WireLimits;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What one update of a job consists of at this site: the single source of both what {@link
 * LocalWork} sends and what {@link UpdateExplanation} says, so that the two cannot differ.
 */
final class UpdateTerms {
  private final Layout layout;
  private final UpdatePipeline pipeline;
  private final double maxAbs;
  private final long exampleCount;
  private final long maxWeight;
  private final int chunkBytes;
  private final List<String> metricNames;

  /**
   * The terms of a job.
   *
   * @throws io.tributary.common.config.UserErrorException if an update cannot be sent within {@code
   *     limits}
   */
  UpdateTerms(JobSpec job, LocalPlan plan, WireLimits limits) {
    this.layout = job.model().config().layout();
    this.pipeline = job.pipeline();
    this.maxAbs = job.update().maxAbs();
    this.exampleCount = plan.exampleCount();
    this.maxWeight = job.update().maxWeight();
    this.metricNames = job.trainingMetrics();
    this.chunkBytes = limits.chunkBytesFor(byteCount());
  }

  /** All tensors of the model, trainable or not. */
  Layout layout() {
    return layout;
  }

  /** The tensors that an update carries, packed back to back as little-endian floats. */
  List<TensorSpec> tensors() {
    return layout.trainableTensors();
  }

  /** Length of an update. */
  long byteCount() {
    return (long) layout.trainableCount() * Float.BYTES;
  }

  /** Length of a chunk of it. */
  int chunkBytes() {
    return chunkBytes;
  }

  /** Number of chunks. */
  long chunkCount() {
    return (byteCount() + chunkBytes - 1) / chunkBytes;
  }

  /** What happens to an update on the way, one line a stage, in order. */
  List<String> transformations() {
    List<String> stages = new ArrayList<>(pipeline.describe());
    stages.add("max-abs: an update with a value beyond " + maxAbs + " is not sent");
    return stages;
  }

  /** The weight that an update claims: its examples, at most the job's bound. */
  long weight() {
    return Math.min(exampleCount, maxWeight);
  }

  /** Training examples of this site, before the bound. */
  long exampleCount() {
    return exampleCount;
  }

  /** Names of the metrics that may leave. */
  List<String> metricNames() {
    return metricNames;
  }

  /**
   * Makes a trainer's update fit to leave.
   *
   * @return the values that may leave, one for each trainable parameter
   * @throws TaskRefusedException if it must not leave, with the reason
   */
  float[] prepare(LocalUpdate update) {
    if (update.delta().length != layout.trainableCount()) {
      throw new IllegalStateException(
          "the trainer gave "
              + update.delta().length
              + " values but the layout has "
              + layout.trainableCount()
              + " trainable ones");
    }
    float[] prepared;
    try {
      prepared = pipeline.apply(update.delta());
    } catch (UpdateRefusedException e) {
      throw new TaskRefusedException(e.getMessage(), e);
    }
    for (float value : prepared) {
      // Not "> maxAbs": a comparison with NaN must refuse too, whatever the pipeline let pass.
      if (!(Math.abs(value) <= maxAbs)) {
        throw new TaskRefusedException(
            "a value of the update is beyond update.max-abs "
                + maxAbs
                + ": training diverged, lower local.learning-rate or state update.clipping-norm");
      }
    }
    return prepared;
  }

  /** Those of a trainer's metrics that the job declares and that are numbers. */
  Map<String, Double> declared(Map<String, Double> metrics) {
    Map<String, Double> declared = new LinkedHashMap<>();
    for (String name : metricNames()) {
      Double value = metrics.get(name);
      if (value != null && Double.isFinite(value)) {
        declared.put(name, value);
      }
    }
    return declared;
  }
}
