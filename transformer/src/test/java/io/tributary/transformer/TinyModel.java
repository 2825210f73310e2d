package io.tributary.transformer;

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

  /** A batch of random tokens whose last sequence is short. */
  public static TokenBatch batch(TransformerConfig config, int sequences, long seed) {
    TokenBatch batch = new TokenBatch(sequences, config.contextLength());
    CounterRandom random = new CounterRandom(seed, "tokens");
    for (int s = 0; s < sequences; s++) {
      byte[] bytes = new byte[config.contextLength() + 1];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) random.nextInt(config.vocabularySize());
      }
      batch.setWindow(s, bytes, 0, s == sequences - 1 ? bytes.length - 2 : bytes.length);
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
