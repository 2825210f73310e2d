package io.tributary.transformer;

import io.tributary.common.model.ModelTensors;
import io.tributary.common.model.TextModelConfig;
import io.tributary.common.tensor.Layout;
import io.tributary.common.tensor.TensorSpec;
import io.tributary.transformer.examples.Examples;
import java.util.Arrays;
import java.util.function.BooleanSupplier;

/**
 * A classifier's last layer on top of {@link FrozenFeatures}: the only part of the model that is
 * trained, and the only one that costs time in every step. Answers are {@code x·W + b} of a text's
 * vector x, in plain Java: (d, classes) is small.
 *
 * <p>Its own flat vector holds the trained tensors alone, in the order of the model's layout.
 */
final class FrozenHead implements AutoCloseable {
  private final Layout layout;
  private final Layout own;
  private final FrozenFeatures features;
  private final VocabularyEnds ends;
  private final int width;
  private final int classes;
  private final int weight;
  private final int bias;

  FrozenHead(TextModelConfig config, FrozenFeatures features) {
    this.layout = config.layout();
    this.features = features;
    this.ends = new VocabularyEnds(config);
    Layout.Builder builder = Layout.builder();
    for (TensorSpec tensor : layout.trainableTensors()) {
      builder.add(tensor.name(), tensor.initializer(), tensor.shape().toArray(Integer[]::new));
    }
    this.own = builder.build();
    TensorSpec matrix = own.tensor(ModelTensors.weight(ModelTensors.CLASSIFIER));
    this.weight = (int) matrix.offset();
    this.bias = (int) own.tensor(ModelTensors.bias(ModelTensors.CLASSIFIER)).offset();
    this.width = matrix.shape().get(0);
    this.classes = matrix.shape().get(1);
  }

  /** The trained tensors alone. */
  Layout layout() {
    return own;
  }

  /**
   * Takes the frozen part of a model for the batches to come.
   *
   * @param parameters flat vector of the whole model, unchanged
   * @return its trained part: a flat vector of {@link #layout()}
   */
  float[] use(float[] parameters) {
    features.use(parameters);
    float[] head = new float[own.parameterCount()];
    for (TensorSpec tensor : own.tensors()) {
      int from = (int) layout.tensor(tensor.name()).offset();
      System.arraycopy(parameters, from, head, (int) tensor.offset(), tensor.size());
    }
    return head;
  }

  /** Encodes texts ahead: see {@link FrozenFeatures#prepare}. After {@link #use}. */
  void prepare(Examples examples, int threads, BooleanSupplier cancelled) {
    features.prepare(examples, threads, cancelled);
  }

  /** A copy of a whole model with another head. */
  float[] replaced(float[] parameters, float[] head) {
    float[] whole = parameters.clone();
    for (TensorSpec tensor : own.tensors()) {
      int to = (int) layout.tensor(tensor.name()).offset();
      System.arraycopy(head, (int) tensor.offset(), whole, to, tensor.size());
    }
    return whole;
  }

  /** Answers (B, classes) of a head; zeros for sequences without a target. */
  float[] logits(float[] head, TokenBatch batch) {
    float[] logits = new float[batch.sequences() * classes];
    double[] sums = new double[classes];
    for (int sequence = 0; sequence < batch.sequences(); sequence++) {
      if (batch.target(sequence) == TokenBatch.NO_TARGET) {
        continue;
      }
      float[] x = features.of(batch, sequence);
      for (int c = 0; c < classes; c++) {
        sums[c] = head[bias + c];
      }
      for (int i = 0; i < width; i++) {
        for (int c = 0; c < classes; c++) {
          sums[c] += (double) x[i] * head[weight + i * classes + c];
        }
      }
      for (int c = 0; c < classes; c++) {
        logits[sequence * classes + c] = (float) sums[c];
      }
    }
    return logits;
  }

  /** As {@link LanguageModelEngine#lossAndGradient}, for a flat vector of {@link #layout()}. */
  double lossAndGradient(float[] head, TokenBatch batch, float[] gradient) {
    float[] logits = logits(head, batch);
    float[] byLogits = new float[logits.length];
    double loss = ends.crossEntropy(logits, batch, byLogits);
    Arrays.fill(gradient, 0);
    for (int sequence = 0; sequence < batch.sequences(); sequence++) {
      if (batch.target(sequence) == TokenBatch.NO_TARGET) {
        continue;
      }
      float[] x = features.of(batch, sequence);
      int from = sequence * classes;
      for (int c = 0; c < classes; c++) {
        gradient[bias + c] += byLogits[from + c];
      }
      for (int i = 0; i < width; i++) {
        for (int c = 0; c < classes; c++) {
          gradient[weight + i * classes + c] += x[i] * byLogits[from + c];
        }
      }
    }
    return loss;
  }

  @Override
  public void close() {
    features.close();
  }
}
