package io.tributary.transformer.decode;

import io.tributary.common.model.Stack;
import io.tributary.common.model.TextModelConfig;
import io.tributary.transformer.LanguageModelEngine;
import io.tributary.transformer.TokenBatch;

/**
 * Decoding that keeps nothing but the tokens: every step runs the whole context through the
 * training engine's forward pass.
 *
 * <p>Slow by a factor of the context's length, and as simple as can be: what a caching engine is
 * checked against.
 */
public final class UncachedDecoder implements DecodingEngine {
  private final TextModelConfig config;
  private final float[] parameters;
  private final LanguageModelEngine engine;
  private final ContextWindows windows;
  private final ContextWindows sources;
  private final TokenBatch batch;
  private final float[] logits;

  /**
   * Opens an engine for inference.
   *
   * @param parameters flat vector; copied
   * @param sequences B, at least 1
   */
  public UncachedDecoder(
      TextModelConfig config,
      float[] parameters,
      int sequences,
      LanguageModelEngine.Factory engines) {
    DecodedModel model = DecodedModel.of(config, parameters);
    this.config = model.config();
    this.parameters = model.parameters();
    this.windows = new ContextWindows(sequences, config.contextLength(), config.vocabularySize());
    this.sources = new ContextWindows(sequences, config.contextLength(), config.vocabularySize());
    this.batch = TokenBatch.of(this.config, sequences);
    this.logits = new float[Math.multiplyExact(sequences, config.vocabularySize())];
    this.engine = engines.open(this.config, sequences, false);
  }

  @Override
  public int sequences() {
    return windows.sequences();
  }

  @Override
  public int vocabularySize() {
    return config.vocabularySize();
  }

  @Override
  public int contextLength() {
    return config.contextLength();
  }

  @Override
  public void encode(int[][] newSources) {
    ModelParameters.requireEncoder(config);
    sources.startFromFirst(newSources);
  }

  @Override
  public float[] prefill(int[][] prompts) {
    windows.start(prompts);
    return nextLogits();
  }

  @Override
  public float[] step(int[] tokens) {
    windows.requireCount(tokens.length, "tokens");
    for (int s = 0; s < tokens.length; s++) {
      if (tokens[s] != IDLE) {
        windows.append(s, tokens[s]);
      }
    }
    return nextLogits();
  }

  private float[] nextLogits() {
    int length = config.contextLength();
    int vocabulary = config.vocabularySize();
    batch.clear();
    for (int s = 0; s < windows.sequences(); s++) {
      for (int i = 0; i < windows.length(s); i++) {
        batch.setInput(s, i, windows.token(s, i));
      }
      for (int i = 0; config.stack() == Stack.ENCODER_DECODER && i < sources.length(s); i++) {
        batch.setSource(s, i, sources.token(s, i));
      }
    }
    float[] all = engine.logits(parameters, batch);
    for (int s = 0; s < windows.sequences(); s++) {
      int row = s * length + Math.max(0, windows.length(s) - 1);
      System.arraycopy(all, row * vocabulary, logits, s * vocabulary, vocabulary);
    }
    return logits;
  }

  @Override
  public void reorder(int[] parents) {
    windows.reorder(parents);
    sources.reorder(parents);
  }

  @Override
  public long cacheBytes() {
    return 0;
  }

  @Override
  public void close() {
    engine.close();
  }
}
