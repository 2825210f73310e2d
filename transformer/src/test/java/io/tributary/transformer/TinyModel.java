package io.tributary.transformer;

import io.tributary.common.model.HeadRules;
import io.tributary.common.model.InitialWeights;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.random.CounterRandom;
import java.nio.charset.StandardCharsets;

/** A model small enough for the oracle, and text for it. */
public final class TinyModel {
  /** 256 bytes, two layers, two heads, six positions. */
  public static final TransformerConfig CONFIG = new TransformerConfig(256, 4, 2, 2, 6, 6);

  private TinyModel() {}

  /**
   * Weights away from the initial ones, so that norms, biases and attention all matter: at
   * initialisation, every gain is 1, every bias 0 and attention nearly uniform.
   */
  public static float[] weights(TransformerConfig config, long seed) {
    float[] weights = InitialWeights.create(config.layout(), seed);
    CounterRandom random = new CounterRandom(seed, "away from initial weights");
    for (int i = 0; i < weights.length; i++) {
      weights[i] += (float) (0.3 * random.nextGaussian());
    }
    return weights;
  }

  public static double[] doubles(float[] values) {
    double[] doubles = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      doubles[i] = values[i];
    }
    return doubles;
  }

  /** A batch of random tokens whose last sequence is short, with targets for any head. */
  public static TokenBatch batch(TransformerConfig config, int sequences, long seed) {
    TokenBatch batch = TokenBatch.of(config, sequences);
    CounterRandom random = new CounterRandom(seed, "tokens");
    int length = config.contextLength();
    for (int s = 0; s < sequences; s++) {
      int shorter = s == sequences - 1 ? 2 : 0;
      int[] tokens = new int[length + 1];
      for (int i = 0; i < tokens.length; i++) {
        tokens[i] = random.nextInt(config.vocabularySize());
      }
      int count = Math.max(2, tokens.length - shorter);
      if (config.head().kind() == HeadRules.Kind.CAUSAL_LM) {
        batch.setWindow(s, tokens, 0, count);
      } else {
        for (int i = 0; i + 1 < count; i++) {
          batch.setInput(s, i, tokens[i]);
          if (config.head().kind() == HeadRules.Kind.MASKED_LM && i % 2 == 0) {
            batch.setTarget(s, i, tokens[i + 1]);
          }
        }
      }
      if (config.head().kind() == HeadRules.Kind.CLASSIFICATION) {
        batch.setLabel(s, random.nextInt(config.head().classes()));
      }
      for (int i = 0; i < length - s && batch.hasSource(); i++) {
        batch.setSource(s, i, random.nextInt(config.vocabularySize()));
      }
    }
    return batch;
  }

  public static byte[] text(int bytes) {
    String line = "To be, or not to be, that is the question: whether 'tis nobler in the mind. ";
    return line.repeat(bytes / line.length() + 1)
        .substring(0, bytes)
        .getBytes(StandardCharsets.US_ASCII);
  }
}
