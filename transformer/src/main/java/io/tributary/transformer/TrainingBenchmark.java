package io.tributary.transformer;

import io.tributary.common.model.InitialWeights;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.random.CounterRandom;
import io.tributary.transformer.samediff.MatrixProductBenchmark;
import io.tributary.transformer.samediff.SameDiffEngine;
import java.util.Arrays;

/**
 * Times whole training steps (forward, backward, clipping, AdamW) beside the machine's matrix
 * product in the same run, since a shared machine's speed changes from minute to minute. What
 * {@code tributary bench train} prints.
 */
public final class TrainingBenchmark {
  /** First calls load natives and compile Java: they say nothing about a step. */
  private static final int WARM_UP_STEPS = 20;

  private static final int ROUNDS = 5;

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
    ComputeThreads.use(threads);
    float[] parameters = InitialWeights.create(config.layout(), 1);
    float[] gradient = new float[parameters.length];
    TrainingSettings settings =
        TrainingSettings.adamW(1e-3, batchSize, new TrainingSettings.Length.Steps(steps));
    ParameterUpdate update = new ParameterUpdate(config.layout(), settings, parameters);
    TokenBatch batch = randomBatch(config, batchSize);
    double[] millis = new double[steps];
    double peak = 0;
    try (LanguageModelEngine engine = SameDiffEngine.forTraining(config, batchSize);
        MatrixProductBenchmark product = new MatrixProductBenchmark()) {
      for (int i = 0; i < WARM_UP_STEPS; i++) {
        step(engine, update, parameters, batch, gradient);
      }
      peak = product.bestGflopsPerSecond();
      int done = 0;
      for (int round = 1; round <= ROUNDS; round++) {
        for (; done < steps * round / ROUNDS; done++) {
          long start = System.nanoTime();
          step(engine, update, parameters, batch, gradient);
          millis[done] = (System.nanoTime() - start) / 1e6;
        }
        peak = Math.max(peak, product.bestGflopsPerSecond());
      }
    }
    Arrays.sort(millis);
    double median = (millis[(steps - 1) / 2] + millis[steps / 2]) / 2;
    return new Result(
        parameters.length,
        batchSize,
        config.contextLength(),
        threads,
        steps,
        median,
        millis[0],
        millis[steps - 1],
        batch.rows() / median * 1e3,
        flopsPerStep(config, batchSize) / median / 1e6,
        peak,
        ResidentMemory.peakBytes());
  }

  /**
   * Multiplications and additions of a step's matrix products: a product of (a, b) by (b, c) is 2
   * abc, and the backward pass makes two products of each. Attention counts the full square.
   */
  static double flopsPerStep(TransformerConfig config, int batchSize) {
    double rows = (double) batchSize * config.contextLength();
    double width = config.width();
    double weights = 4 * width * width + 2 * width * config.feedForwardWidth();
    double attention = 2 * config.contextLength() * width;
    double head = width * config.vocabularySize();
    return 3 * 2 * rows * (config.layers() * (weights + attention) + head);
  }

  private static void step(
      LanguageModelEngine engine,
      ParameterUpdate update,
      float[] parameters,
      TokenBatch batch,
      float[] gradient) {
    engine.lossAndGradient(parameters, batch, gradient);
    update.apply(parameters, gradient);
  }

  private static TokenBatch randomBatch(TransformerConfig config, int batchSize) {
    TokenBatch batch = new TokenBatch(batchSize, config.contextLength());
    CounterRandom random = new CounterRandom(1, "benchmark tokens");
    for (int sequence = 0; sequence < batchSize; sequence++) {
      for (int position = 0; position < config.contextLength(); position++) {
        batch.setInput(sequence, position, random.nextInt(config.vocabularySize()));
        batch.setTarget(sequence, position, random.nextInt(config.vocabularySize()));
      }
    }
    return batch;
  }
}
