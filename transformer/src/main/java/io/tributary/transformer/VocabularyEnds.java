package io.tributary.transformer;

import io.tributary.common.model.ModelTensors;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.tensor.Layout;
import java.util.Arrays;

/**
 * The two ends of a language model that index by token, in plain Java for every engine: embedding
 * lookup in front, cross-entropy behind, and their gradients.
 *
 * <p>Both are memory-bound and small for a byte vocabulary. Rows are (sequence, position) pairs, N
 * = B · T of them; d is the width, V the vocabulary.
 */
public final class VocabularyEnds {
  private final int width;
  private final int vocabulary;
  private final int tokenOffset;
  private final int positionOffset;
  private final double[] exponentials;

  /** Looks up where the embeddings lie. */
  public VocabularyEnds(TransformerConfig config) {
    Layout layout = config.layout();
    this.width = config.width();
    this.vocabulary = config.vocabularySize();
    this.tokenOffset = (int) layout.tensor(ModelTensors.TOKEN_EMBEDDING).offset();
    this.positionOffset = (int) layout.tensor(ModelTensors.POSITION_EMBEDDING).offset();
    this.exponentials = new double[vocabulary];
  }

  /**
   * Token plus position embedding of each row.
   *
   * @param parameters flat vector
   * @param embedded overwritten, (N, d)
   * @throws IllegalArgumentException if a token is outside of the vocabulary
   */
  public void embed(float[] parameters, TokenBatch batch, float[] embedded) {
    for (int row = 0; row < batch.rows(); row++) {
      int token = tokenOffset + requireToken(batch.input(row)) * width;
      int position = positionOffset + row % batch.length() * width;
      int out = row * width;
      for (int i = 0; i < width; i++) {
        embedded[out + i] = parameters[token + i] + parameters[position + i];
      }
    }
  }

  /**
   * Adds the gradient that reached the embedded input to the two embeddings' gradients: to the
   * token embedding's on top of the part from the tied output head.
   *
   * @param inputGradient (N, d)
   * @param gradient flat vector, added to
   */
  public void addEmbeddingGradient(float[] inputGradient, TokenBatch batch, float[] gradient) {
    Arrays.fill(gradient, positionOffset, positionOffset + batch.length() * width, 0f);
    for (int row = 0; row < batch.rows(); row++) {
      int token = tokenOffset + batch.input(row) * width;
      int position = positionOffset + row % batch.length() * width;
      int in = row * width;
      for (int i = 0; i < width; i++) {
        gradient[token + i] += inputGradient[in + i];
        gradient[position + i] += inputGradient[in + i];
      }
    }
  }

  /**
   * Mean cross-entropy over rows with a target, and its gradient by the logits.
   *
   * @param logits (N, V)
   * @param logitsGradient overwritten, (N, V): (softmax − one-hot) / targets, 0 without a target
   * @return nats per target; 0 if no row has one
   */
  public double crossEntropy(float[] logits, TokenBatch batch, float[] logitsGradient) {
    int targets = batch.targetCount();
    double total = 0;
    for (int row = 0; row < batch.rows(); row++) {
      int from = row * vocabulary;
      int target = batch.target(row);
      if (target == TokenBatch.NO_TARGET) {
        Arrays.fill(logitsGradient, from, from + vocabulary, 0f);
        continue;
      }
      requireToken(target);
      float largest = largest(logits, from);
      double sum = exponentiate(logits, from, largest);
      total += Math.log(sum) + largest - logits[from + target];
      double scale = 1 / (sum * targets);
      for (int i = 0; i < vocabulary; i++) {
        logitsGradient[from + i] = (float) (exponentials[i] * scale);
      }
      logitsGradient[from + target] -= 1f / targets;
    }
    return targets == 0 ? 0 : total / targets;
  }

  /**
   * Cross-entropy of one row.
   *
   * @param logits (N, V)
   * @return nats
   */
  public double rowNats(float[] logits, int row, int target) {
    int from = row * vocabulary;
    float largest = largest(logits, from);
    return Math.log(exponentiate(logits, from, largest))
        + largest
        - logits[from + requireToken(target)];
  }

  private float largest(float[] logits, int from) {
    float largest = logits[from];
    for (int i = 1; i < vocabulary; i++) {
      largest = Math.max(largest, logits[from + i]);
    }
    return largest;
  }

  private double exponentiate(float[] logits, int from, float largest) {
    double sum = 0;
    for (int i = 0; i < vocabulary; i++) {
      double value = Math.exp(logits[from + i] - largest);
      exponentials[i] = value;
      sum += value;
    }
    return sum;
  }

  private int requireToken(int token) {
    if (token < 0 || token >= vocabulary) {
      throw new IllegalArgumentException(
          "token "
              + token
              + " is outside of the vocabulary of "
              + vocabulary
              + ": raise model.vocabulary-size");
    }
    return token;
  }
}
