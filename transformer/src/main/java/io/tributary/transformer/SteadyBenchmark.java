package io.tributary.transformer;

import io.tributary.common.model.TransformerConfig;

/**
 * Trains for many steps and watches resident memory: what leaks in each step shows after a
 * thousand. What {@code tributary bench steady} prints.
 */
public final class SteadyBenchmark {
  /** The heap and the machine code of the compiler grow at first; a leak keeps growing. */
  private static final int WARM_UP_STEPS = 200;

  private static final int LOOK_EVERY = 50;

  private SteadyBenchmark() {}

  /**
   * What was seen.
   *
   * @param parameterCount parameters of the model
   * @param steps steps after the warm-up
   * @param residentBytesBefore resident after the warm-up
   * @param residentBytesAfter resident after the last step
   * @param residentBytesMost most resident at any look after the warm-up
   * @param firstLoss loss of the first step, in nats
   * @param lastLoss loss of the last step
   */
  public record Result(
      int parameterCount,
      int steps,
      long residentBytesBefore,
      long residentBytesAfter,
      long residentBytesMost,
      double firstLoss,
      double lastLoss) {

    /** Growth from the warm-up's end to the largest look; 0.05 is 5 %. */
    public double growth() {
      return (double) residentBytesMost / residentBytesBefore - 1;
    }
  }

  /**
   * Runs the steps.
   *
   * @param steps after the warm-up, at least 1
   * @throws IllegalStateException where the system does not tell how much is resident
   */
  public static Result run(TransformerConfig config, int batchSize, int threads, int steps) {
    if (steps < 1) {
      throw new IllegalArgumentException("steps is " + steps + ": it must be at least 1");
    }
    if (ResidentMemory.currentBytes() == 0) {
      throw new IllegalStateException("this system does not tell how much memory is resident");
    }
    try (BenchmarkSteps training = new BenchmarkSteps(config, batchSize, threads)) {
      double first = training.step();
      for (int i = 1; i < WARM_UP_STEPS; i++) {
        training.step();
      }
      long before = heldBytes();
      long most = before;
      double last = first;
      for (int i = 1; i <= steps; i++) {
        last = training.step();
        if (i % LOOK_EVERY == 0 || i == steps) {
          most = Math.max(most, heldBytes());
        }
      }
      return new Result(training.parameterCount(), steps, before, heldBytes(), most, first, last);
    }
  }

  /**
   * Resident bytes after garbage went, so that what is held counts and not when it was collected.
   */
  private static long heldBytes() {
    System.gc();
    return ResidentMemory.currentBytes();
  }
}
