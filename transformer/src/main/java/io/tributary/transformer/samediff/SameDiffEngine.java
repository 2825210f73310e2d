package io.tributary.transformer.samediff;

import io.tributary.common.model.ModelConfig;
import io.tributary.common.model.TransformerConfig;
import io.tributary.transformer.LanguageModelEngine;
import io.tributary.transformer.TokenBatch;
import io.tributary.transformer.VocabularyEnds;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The engine on ND4J: SameDiff describes the decoder and its derivative, a {@link GraphPlan} runs
 * them on whichever backend is on the class path.
 *
 * <p>Native arrays belong to the thread that opened the engine; other threads get copies only.
 */
public final class SameDiffEngine implements LanguageModelEngine {
  private final TransformerConfig config;
  private final int batchSize;
  private final boolean forTraining;
  private final DecoderPlan plan;
  private final VocabularyEnds ends;

  private final float[] embedded;
  private final float[] logits;
  private final float[] logitsGradient;

  private SameDiffEngine(TransformerConfig config, int batchSize, boolean forTraining) {
    if (batchSize < 1) {
      throw new IllegalArgumentException("batch size is " + batchSize + ": it must be at least 1");
    }
    this.config = config;
    this.batchSize = batchSize;
    this.forTraining = forTraining;
    this.plan = new DecoderPlan(config, batchSize, DataType.FLOAT, forTraining);
    this.ends = new VocabularyEnds(config);
    int rows = batchSize * config.contextLength();
    this.embedded = new float[rows * config.width()];
    this.logits = new float[rows * config.vocabularySize()];
    this.logitsGradient = forTraining ? new float[logits.length] : new float[0];
  }

  /** Opens an engine for batches of exactly {@code batchSize} sequences, with gradients. */
  public static SameDiffEngine forTraining(TransformerConfig config, int batchSize) {
    return new SameDiffEngine(config, batchSize, true);
  }

  /** Opens an engine that only evaluates: less memory, no gradients. */
  public static SameDiffEngine forInference(TransformerConfig config, int batchSize) {
    return new SameDiffEngine(config, batchSize, false);
  }

  /** Opens either kind: the default {@link LanguageModelEngine.Factory}. */
  public static SameDiffEngine open(ModelConfig config, int batchSize, boolean forTraining) {
    return new SameDiffEngine((TransformerConfig) config, batchSize, forTraining);
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
    double loss = ends.crossEntropy(logits, batch, logitsGradient);
    HostTransfer.upload(logitsGradient, plan.logitsGradient);
    plan.run(DecoderPlan.BACKWARD);
    HostTransfer.download(plan.gradient, gradient);
    HostTransfer.download(plan.inputGradient, embedded);
    ends.addEmbeddingGradient(embedded, batch, gradient);
    return loss;
  }

  @Override
  public float[] logits(float[] parameters, TokenBatch batch) {
    forward(parameters, batch);
    return logits;
  }

  private void forward(float[] parameters, TokenBatch batch) {
    batch.requireShape(config, batchSize);
    HostTransfer.upload(parameters, plan.parameters);
    ends.embed(parameters, batch, embedded);
    HostTransfer.upload(embedded, plan.input);
    plan.run(DecoderPlan.FORWARD);
    HostTransfer.download(plan.logits, logits);
  }

  @Override
  public void close() {
    plan.close();
  }
}
