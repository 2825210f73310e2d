package io.tributary.transformer.samediff;

import io.tributary.common.model.HeadRules;
import io.tributary.common.model.TextModelConfig;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.tensor.TensorSpec;
import io.tributary.transformer.LanguageModelEngine;
import io.tributary.transformer.TokenBatch;
import io.tributary.transformer.VocabularyEnds;
import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The engine on ND4J: SameDiff describes the transformer and its derivative, a {@link GraphPlan}
 * runs them on whichever backend is on the class path.
 *
 * <p>Native arrays belong to the thread that opened the engine; other threads get copies only.
 */
public final class SameDiffEngine implements LanguageModelEngine {
  private final TransformerConfig config;
  private final int batchSize;
  private final boolean forTraining;
  private final TransformerPlan plan;
  private final VocabularyEnds ends;

  private final List<Span> trained;
  private final float[] embedded;
  private final float[] answers;
  private final float[] answersGradient;

  private SameDiffEngine(TransformerConfig config, int batchSize, boolean forTraining) {
    if (batchSize < 1) {
      throw new IllegalArgumentException("batch size is " + batchSize + ": it must be at least 1");
    }
    this.config = config;
    this.batchSize = batchSize;
    this.forTraining = forTraining;
    this.plan = new TransformerPlan(config, batchSize, DataType.FLOAT, forTraining);
    this.ends = new VocabularyEnds(config);
    this.trained = trainedSpans(config);
    int rows = batchSize * config.contextLength();
    this.embedded = new float[rows * config.width()];
    this.answers = new float[Math.toIntExact(plan.answers.length())];
    this.answersGradient = forTraining ? new float[answers.length] : new float[0];
  }

  /** A half-open stretch of the flat vector. */
  private record Span(int from, int to) {}

  /** The trained tensors, neighbours joined: of a model with adapters little has to be copied. */
  private static List<Span> trainedSpans(TransformerConfig config) {
    List<Span> spans = new ArrayList<>();
    for (TensorSpec tensor : config.layout().trainableTensors()) {
      int from = (int) tensor.offset();
      int last = spans.size() - 1;
      if (last >= 0 && spans.get(last).to() == from) {
        from = spans.remove(last).from();
      }
      spans.add(new Span(from, (int) tensor.end()));
    }
    return List.copyOf(spans);
  }

  /** Opens an engine for batches of exactly {@code batchSize} sequences, with gradients. */
  public static SameDiffEngine forTraining(TransformerConfig config, int batchSize) {
    return new SameDiffEngine(config, batchSize, true);
  }

  /** Opens an engine that only evaluates: less memory, no gradients. */
  public static SameDiffEngine forInference(TransformerConfig config, int batchSize) {
    return new SameDiffEngine(config, batchSize, false);
  }

  /**
   * Opens either kind: the default {@link LanguageModelEngine.Factory}.
   *
   * @throws IllegalArgumentException if the model is not a transformer
   */
  public static SameDiffEngine open(TextModelConfig config, int batchSize, boolean forTraining) {
    if (config instanceof TransformerConfig transformer) {
      return new SameDiffEngine(transformer, batchSize, forTraining);
    }
    throw new IllegalArgumentException("the model is not a transformer: " + config);
  }

  @Override
  public TransformerConfig config() {
    return config;
  }

  @Override
  public int batchSize() {
    return batchSize;
  }

  @Override
  public double lossAndGradient(float[] parameters, TokenBatch batch, float[] gradient) {
    if (!forTraining) {
      throw new IllegalStateException("this engine was opened for inference: it has no gradients");
    }
    forward(parameters, batch);
    double loss = ends.crossEntropy(answers, batch, answersGradient) + plan.balanceLoss();
    HostTransfer.upload(answersGradient, plan.answersGradient);
    plan.run(TransformerPlan.BACKWARD);
    for (Span span : trained) {
      HostTransfer.download(plan.gradient, gradient, span.from(), span.to());
    }
    addEmbeddingGradient(TransformerGraph.INPUT, batch, false, gradient);
    addEmbeddingGradient(TransformerGraph.SOURCE, batch, true, gradient);
    return loss;
  }

  private void addEmbeddingGradient(
      String input, TokenBatch batch, boolean source, float[] gradient) {
    INDArray reached = plan.inputGradient(input);
    if (reached != null) {
      HostTransfer.download(reached, embedded);
      ends.addEmbeddingGradient(embedded, batch, source, gradient);
    }
  }

  @Override
  public float[] logits(float[] parameters, TokenBatch batch) {
    forward(parameters, batch);
    return answers;
  }

  private void forward(float[] parameters, TokenBatch batch) {
    batch.requireShape(config, batchSize);
    HostTransfer.upload(parameters, plan.parameters);
    ends.embed(parameters, batch, false, embedded);
    HostTransfer.upload(embedded, plan.input(TransformerGraph.INPUT));
    if (batch.hasSource()) {
      ends.embed(parameters, batch, true, embedded);
      HostTransfer.upload(embedded, plan.input(TransformerGraph.SOURCE));
    }
    uploadPresence(TransformerGraph.PRESENT, batch, false);
    uploadPresence(TransformerGraph.SOURCE_PRESENT, batch, true);
    if (plan.hasInput(TransformerGraph.POOLING)) {
      HostTransfer.upload(pooling(batch), plan.input(TransformerGraph.POOLING));
    }
    plan.run(TransformerPlan.FORWARD);
    HostTransfer.download(plan.answers, answers);
  }

  private void uploadPresence(String input, TokenBatch batch, boolean source) {
    if (plan.hasInput(input)) {
      float[] mask = new float[batch.rows()];
      for (int row = 0; row < mask.length; row++) {
        boolean present = source ? batch.sourcePresent(row) : batch.present(row);
        mask[row] = present ? 0 : (float) TransformerGraph.ABSENT;
      }
      HostTransfer.upload(mask, plan.input(input));
    }
  }

  /** (B, N): each sequence's mean over its present rows, or its first row. */
  private float[] pooling(TokenBatch batch) {
    int length = batch.length();
    float[] pooling = new float[batch.sequences() * batch.rows()];
    for (int sequence = 0; sequence < batch.sequences(); sequence++) {
      int first = sequence * length;
      int from = sequence * batch.rows() + first;
      if (config.head().pooling() == HeadRules.Pooling.FIRST) {
        pooling[from] = 1;
        continue;
      }
      int count = 0;
      for (int row = first; row < first + length; row++) {
        count += batch.present(row) ? 1 : 0;
      }
      for (int i = 0; i < length; i++) {
        pooling[from + i] = batch.present(first + i) ? 1f / count : 0;
      }
    }
    return pooling;
  }

  @Override
  public void close() {
    plan.close();
  }
}
