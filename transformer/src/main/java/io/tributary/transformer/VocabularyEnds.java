package io.tributary.transformer;

import io.tributary.common.model.ModelTensors;
import io.tributary.common.model.PositionRules;
import io.tributary.common.model.TextModelConfig;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.tensor.Layout;
import io.tributary.common.tensor.TensorSpec;
import java.util.Arrays;
import java.util.OptionalInt;

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
  private final int columns;
  private final int tokenOffset;
  private final OptionalInt positionOffset;
  private final float tokenScale;
  private final float[] waves; // (T, d) of sinusoidal positions, or empty
  private final double[] exponentials;

  /** Looks up where the embeddings lie. */
  public VocabularyEnds(TextModelConfig config) {
    Layout layout = config.layout();
    TensorSpec tokens = layout.tensor(ModelTensors.TOKEN_EMBEDDING);
    this.width = tokens.shape().get(1);
    this.vocabulary = config.vocabularySize();
    this.columns =
        config.head().languageModel() ? config.vocabularySize() : config.head().classes();
    this.tokenOffset = (int) tokens.offset();
    this.positionOffset =
        layout.find(ModelTensors.POSITION_EMBEDDING).stream()
            .mapToInt(tensor -> (int) tensor.offset())
            .findFirst();
    boolean sinusoidal =
        config instanceof TransformerConfig transformer
            && transformer.position().kind() == PositionRules.Kind.SINUSOIDAL;
    this.tokenScale = sinusoidal ? (float) Math.sqrt(width) : 1f;
    this.waves = sinusoidal ? waves(config.contextLength()) : new float[0];
    this.exponentials = new double[columns];
  }

  /** Sines in even columns, cosines in odd ones (Vaswani et al., 2017, section 3.5). */
  private float[] waves(int length) {
    float[] values = new float[length * width];
    for (int position = 0; position < length; position++) {
      for (int i = 0; i < width; i++) {
        double angle = position * StrictMath.pow(10_000, -(i - i % 2) / (double) width);
        double wave = i % 2 == 0 ? StrictMath.sin(angle) : StrictMath.cos(angle);
        values[position * width + i] = (float) wave;
      }
    }
    return values;
  }

  /**
   * The embedding of each row: its token's and, if the model adds positions to its input, its
   * position's.
   *
   * @param parameters flat vector
   * @param source whether the sources of an encoder–decoder are embedded, or its inputs
   * @param embedded overwritten, (N, d)
   * @throws IllegalArgumentException if a token is outside of the vocabulary
   */
  public void embed(float[] parameters, TokenBatch batch, boolean source, float[] embedded) {
    for (int row = 0; row < batch.rows(); row++) {
      int token = source ? batch.source(row) : batch.input(row);
      embed(parameters, token, row % batch.length(), embedded, row * width);
    }
  }

  /**
   * The embedding of one token at one position.
   *
   * @param embedded gets d values from index {@code out}
   */
  public void embed(float[] parameters, int token, int position, float[] embedded, int out) {
    int from = tokenOffset + requireToken(token) * width;
    for (int i = 0; i < width; i++) {
      embedded[out + i] = parameters[from + i] * tokenScale;
    }
    if (positionOffset.isPresent()) {
      int at = positionOffset.getAsInt() + position * width;
      for (int i = 0; i < width; i++) {
        embedded[out + i] += parameters[at + i];
      }
    } else if (waves.length > 0) {
      for (int i = 0; i < width; i++) {
        embedded[out + i] += waves[position * width + i];
      }
    }
  }

  /**
   * Adds the gradient that reached the embedded input to the embeddings' gradients: to the token
   * embedding's on top of the part from a tied output head.
   *
   * @param inputGradient (N, d)
   * @param source whether it reached the sources or the inputs
   * @param gradient flat vector, added to
   */
  public void addEmbeddingGradient(
      float[] inputGradient, TokenBatch batch, boolean source, float[] gradient) {
    for (int row = 0; row < batch.rows(); row++) {
      int token = tokenOffset + (source ? batch.source(row) : batch.input(row)) * width;
      int in = row * width;
      for (int i = 0; i < width; i++) {
        gradient[token + i] += inputGradient[in + i] * tokenScale;
      }
      if (positionOffset.isPresent()) {
        int position = positionOffset.getAsInt() + row % batch.length() * width;
        for (int i = 0; i < width; i++) {
          gradient[position + i] += inputGradient[in + i];
        }
      }
    }
  }

  /**
   * Mean cross-entropy over slots with a target, and its gradient by the answers.
   *
   * @param logits (slots, C), C the vocabulary or the classes
   * @param logitsGradient overwritten, the same shape: (softmax − one-hot) / targets, 0 without a
   *     target
   * @return nats per target; 0 if no slot has one
   */
  public double crossEntropy(float[] logits, TokenBatch batch, float[] logitsGradient) {
    int targets = batch.targetCount();
    double total = 0;
    for (int slot = 0; slot < batch.slots(); slot++) {
      int from = slot * columns;
      int target = batch.target(slot);
      if (target == TokenBatch.NO_TARGET) {
        Arrays.fill(logitsGradient, from, from + columns, 0f);
        continue;
      }
      requireAnswer(target);
      float largest = largest(logits, from);
      double sum = exponentiate(logits, from, largest);
      total += Math.log(sum) + largest - logits[from + target];
      double scale = 1 / (sum * targets);
      for (int i = 0; i < columns; i++) {
        logitsGradient[from + i] = (float) (exponentials[i] * scale);
      }
      logitsGradient[from + target] -= 1f / targets;
    }
    return targets == 0 ? 0 : total / targets;
  }

  /**
   * Cross-entropy of one slot.
   *
   * @param logits (slots, C)
   * @return nats
   */
  public double rowNats(float[] logits, int slot, int target) {
    int from = slot * columns;
    float largest = largest(logits, from);
    return Math.log(exponentiate(logits, from, largest))
        + largest
        - logits[from + requireAnswer(target)];
  }

  private float largest(float[] logits, int from) {
    float largest = logits[from];
    for (int i = 1; i < columns; i++) {
      largest = Math.max(largest, logits[from + i]);
    }
    return largest;
  }

  private double exponentiate(float[] logits, int from, float largest) {
    double sum = 0;
    for (int i = 0; i < columns; i++) {
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

  private int requireAnswer(int target) {
    if (target < 0 || target >= columns) {
      throw new IllegalArgumentException(
          "target " + target + " is outside of the model's " + columns + " answers");
    }
    return target;
  }
}
