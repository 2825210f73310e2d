package io.tributary.transformer;

import com.sun.management.OperatingSystemMXBean;
import io.tributary.common.model.ModelTensors;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.tensor.TensorSpec;
import io.tributary.transformer.samediff.MatrixProductBenchmark;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Set;

/**
 * Times whole training steps (forward, backward, clipping, AdamW) beside the machine's matrix
 * product in the same run, since a shared machine's speed changes from minute to minute. What
 * {@code tributary bench train} prints.
 */
public final class TrainingBenchmark {
  /** First calls load natives and compile Java: they say nothing about a step. */
  private static final int WARM_UP_STEPS = 20;

  private static final int ROUNDS = 5;

  private static final OperatingSystemMXBean PROCESS =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

  /** Tables that rows are read from: no product. */
  private static final Set<String> LOOKED_UP =
      Set.of(
          ModelTensors.TOKEN_EMBEDDING,
          ModelTensors.POSITION_EMBEDDING,
          ModelTensors.POSITION_BIAS,
          ModelTensors.ENCODER_POSITION_BIAS);

  private TrainingBenchmark() {}

  /**
   * What was measured.
   *
   * @param parameterCount parameters of the model
   * @param batchSize sequences a step
   * @param contextLength tokens a sequence
   * @param threads threads used
   * @param steps steps timed
   * @param stepMillisMedian median time of a step
   * @param stepMillisMin fastest step
   * @param stepMillisMax slowest step
   * @param processorMillisMean mean processor time of the process in a step: on a machine that is
   *     shared, a fairer measure than the clock
   * @param tokensPerSecond tokens trained at the median
   * @param gflopsPerSecond arithmetic of the step's matrix products over the median
   * @param sgemmPeakGflopsPerSecond best matrix product, timed before, between and after the steps
   * @param peakResidentBytes most memory the process ever held; 0 where the system does not tell
   */
  public record Result(
      int parameterCount,
      int batchSize,
      int contextLength,
      int threads,
      int steps,
      double stepMillisMedian,
      double stepMillisMin,
      double stepMillisMax,
      double processorMillisMean,
      double tokensPerSecond,
      double gflopsPerSecond,
      double sgemmPeakGflopsPerSecond,
      long peakResidentBytes) {

    /** Part of the peak that a whole step reaches, in [0, 1]. */
    public double shareOfSgemmPeak() {
      return gflopsPerSecond / sgemmPeakGflopsPerSecond;
    }
  }

  /**
   * Runs the benchmark on random tokens.
   *
   * @param batchSize sequences a step; 16 is what the presets are quoted for
   * @param threads for ND4J
   * @param steps timed steps, at least 5
   */
  public static Result run(TransformerConfig config, int batchSize, int threads, int steps) {
    if (steps < ROUNDS) {
      throw new IllegalArgumentException(
          "steps is " + steps + ": at least " + ROUNDS + " are needed for a median");
    }
    double[] millis = new double[steps];
    long processorNanos = 0;
    double peak;
    int parameterCount;
    try (BenchmarkSteps training = new BenchmarkSteps(config, batchSize, threads);
        MatrixProductBenchmark product = new MatrixProductBenchmark()) {
      parameterCount = training.parameterCount();
      for (int i = 0; i < WARM_UP_STEPS; i++) {
        training.step();
      }
      peak = product.bestGflopsPerSecond();
      int done = 0;
      for (int round = 1; round <= ROUNDS; round++) {
        long processorStart = PROCESS.getProcessCpuTime();
        for (; done < steps * round / ROUNDS; done++) {
          long start = System.nanoTime();
          training.step();
          millis[done] = (System.nanoTime() - start) / 1e6;
        }
        processorNanos += PROCESS.getProcessCpuTime() - processorStart;
        peak = Math.max(peak, product.bestGflopsPerSecond());
      }
    }
    Arrays.sort(millis);
    double median = median(millis);
    return new Result(
        parameterCount,
        batchSize,
        config.contextLength(),
        threads,
        steps,
        median,
        millis[0],
        millis[steps - 1],
        processorNanos / 1e6 / steps,
        batchSize * config.contextLength() / median * 1e3,
        flopsPerStep(config, batchSize) / median / 1e6,
        peak,
        ResidentMemory.peakBytes());
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
  }

  /**
   * Multiplications and additions of a step's matrix products: a product of (a, b) by (b, c) is 2
   * abc, and the backward pass makes two products of each. Attention counts the full square, a tied
   * head its own product, and experts only those that a token goes to.
   */
  static double flopsPerStep(TransformerConfig config, int batchSize) {
    double weights = 0;
    for (TensorSpec tensor : config.layout().tensors()) {
      double size = tensor.end() - tensor.offset();
      if (tensor.shape().size() == 2 && !LOOKED_UP.contains(tensor.name())) {
        weights += size;
      } else if (tensor.shape().size() == 3) {
        weights += size / config.feedForward().experts() * config.feedForward().topK();
      }
    }
    if (config.head().languageModel() && config.head().tied()) {
      weights += (double) config.width() * config.vocabularySize();
    }
    int attentions =
        config.layers()
            * switch (config.stack()) {
              case DECODER, ENCODER -> 1;
              case ENCODER_DECODER -> 3;
            };
    double attention = attentions * 2.0 * config.contextLength() * config.width();
    return 3 * 2 * ((double) batchSize * config.contextLength()) * (weights + attention);
  }
}
