package io.tributary.transformer.network;

import io.tributary.common.random.CounterRandom;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Rows of numbers with an answer each: features {@code (n, f)} and answers {@code (n, a)}, which
 * are one-hot for classes and plain numbers otherwise. Loads ND4J with the first batch only.
 */
public final class NumericExamples implements NetworkExamples {
  private final float[][] features;
  private final float[][] answers;

  /**
   * Takes rows over; they are never changed.
   *
   * @param features n rows of f numbers
   * @param answers n rows of a numbers
   */
  public NumericExamples(float[][] features, float[][] answers) {
    if (features.length == 0 || features.length != answers.length) {
      throw new IllegalArgumentException(
          "there are "
              + features.length
              + " rows of features and "
              + answers.length
              + " answers: give one answer a row, and one row at least");
    }
    requireEqualRows("features", features);
    requireEqualRows("answers", answers);
    this.features = features;
    this.answers = answers;
  }

  private static void requireEqualRows(String what, float[][] rows) {
    for (int i = 0; i < rows.length; i++) {
      if (rows[i].length != rows[0].length || rows[i].length == 0) {
        throw new IllegalArgumentException(
            "row "
                + i
                + " has "
                + rows[i].length
                + " "
                + what
                + " but row 0 has "
                + rows[0].length);
      }
    }
  }

  @Override
  public int count() {
    return features.length;
  }

  /** The f numbers of a row. */
  public float[] features(int example) {
    return features[example].clone();
  }

  /** The a numbers of its answer. */
  public float[] answers(int example) {
    return answers[example].clone();
  }

  @Override
  public long contentHash(int example) {
    return hash(hash(0, features[example]), answers[example]);
  }

  @Override
  public MultiDataSet batch(int[] examples) {
    return new org.nd4j.linalg.dataset.MultiDataSet(
        chosen(features, examples), chosen(answers, examples));
  }

  private static INDArray chosen(float[][] rows, int[] examples) {
    float[][] chosen = new float[examples.length][];
    for (int i = 0; i < examples.length; i++) {
      chosen[i] = rows[examples[i]];
    }
    return Nd4j.create(chosen);
  }

  static long hash(long seed, float[] values) {
    long hash = CounterRandom.deriveSeed(seed, values.length);
    for (float value : values) {
      hash = CounterRandom.deriveSeed(hash, Float.floatToIntBits(value));
    }
    return hash;
  }
}
