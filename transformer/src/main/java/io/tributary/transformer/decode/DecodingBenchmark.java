package io.tributary.transformer.decode;

import io.tributary.common.model.InitialWeights;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.random.CounterRandom;
import io.tributary.transformer.ComputeThreads;
import io.tributary.transformer.ResidentMemory;
import java.util.Arrays;

/**
 * Times greedy decoding of one sequence at the end of a full context, cached and uncached by turns,
 * since a shared machine's speed changes from minute to minute. What {@code tributary bench decode}
 * prints.
 */
public final class DecodingBenchmark {
  /** First calls load natives and compile Java: they say nothing about a step. */
  private static final int WARM_UP_ROUNDS = 3;

  private static final int ROUNDS = 5;

  /** Steps of an uncached round: each takes as long as a whole prompt. */
  private static final int UNCACHED_STEPS = 8;

  private DecodingBenchmark() {}

  /**
   * What was measured.
   *
   * @param parameterCount parameters of the model
   * @param contextLength tokens it sees
   * @param threads threads used
   * @param tokens tokens generated in a round, the last of which fills the context
   * @param cachedTokensPerSecond median round of the caching engine
   * @param cachedTokensPerSecondMin slowest round
   * @param cachedTokensPerSecondMax fastest round
   * @param uncachedTokensPerSecond median round without a cache
   * @param prefillMillis median time to read the prompt
   * @param cacheBytes kept for past positions
   * @param peakResidentBytes most memory the process ever held; 0 where the system does not tell
   */
  public record Result(
      int parameterCount,
      int contextLength,
      int threads,
      int tokens,
      double cachedTokensPerSecond,
      double cachedTokensPerSecondMin,
      double cachedTokensPerSecondMax,
      double uncachedTokensPerSecond,
      double prefillMillis,
      long cacheBytes,
      long peakResidentBytes) {

    /** How many times as fast the cache makes it. */
    public double cachedToUncached() {
      return cachedTokensPerSecond / uncachedTokensPerSecond;
    }
  }

  /**
   * Runs the benchmark from a prompt of random tokens.
   *
   * @param tokens generated in a round, 1 to the context's length − 1
   */
  public static Result run(TransformerConfig config, int threads, int tokens) {
    if (tokens < 1 || tokens >= config.contextLength()) {
      throw new IllegalArgumentException(
          "tokens is "
              + tokens
              + ": it must be at least 1 and less than the context of "
              + config.contextLength());
    }
    ComputeThreads.use(threads);
    float[] parameters = InitialWeights.create(config.layout(), 1);
    int[] prompt = new int[config.contextLength() - tokens];
    CounterRandom random = new CounterRandom(1, "prompt");
    Arrays.setAll(prompt, i -> random.nextInt(config.vocabularySize()));
    double[] cachedRates = new double[ROUNDS];
    double[] uncachedRates = new double[ROUNDS];
    double[] prefills = new double[ROUNDS];
    try (DecodingEngine cached = DecodingEngines.cached().open(config, parameters, 1);
        DecodingEngine uncached = DecodingEngines.uncached().open(config, parameters, 1)) {
      int few = Math.min(tokens, UNCACHED_STEPS);
      for (int round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
        long start = System.nanoTime();
        float[] logits = cached.prefill(new int[][] {prompt});
        double prefill = (System.nanoTime() - start) / 1e6;
        double cachedRate = rate(cached, logits, tokens);
        double uncachedRate = rate(uncached, uncached.prefill(new int[][] {prompt}), few);
        if (round >= 0) {
          prefills[round] = prefill;
          cachedRates[round] = cachedRate;
          uncachedRates[round] = uncachedRate;
        }
      }
      Arrays.sort(cachedRates);
      Arrays.sort(uncachedRates);
      Arrays.sort(prefills);
      return new Result(
          parameters.length,
          config.contextLength(),
          threads,
          tokens,
          cachedRates[ROUNDS / 2],
          cachedRates[0],
          cachedRates[ROUNDS - 1],
          uncachedRates[ROUNDS / 2],
          prefills[ROUNDS / 2],
          cached.cacheBytes(),
          ResidentMemory.peakBytes());
    }
  }

  /** Tokens a second of greedy decoding. */
  private static double rate(DecodingEngine engine, float[] first, int tokens) {
    float[] logits = first;
    long start = System.nanoTime();
    for (int i = 0; i < tokens; i++) {
      logits = engine.step(new int[] {TokenOrder.likeliest(logits)});
    }
    return tokens / ((System.nanoTime() - start) / 1e9);
  }
}
