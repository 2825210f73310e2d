package io.tributary.transformer.samediff;

import io.tributary.common.model.Stack;
import io.tributary.common.model.TransformerConfig;
import io.tributary.transformer.VocabularyEnds;
import io.tributary.transformer.decode.ContextWindows;
import io.tributary.transformer.decode.DecodedModel;
import io.tributary.transformer.decode.DecodingEngine;
import io.tributary.transformer.decode.ModelParameters;

/**
 * Decoding on ND4J with keys and values kept: a step computes its new tokens only.
 *
 * <p>Two plans share one cache: one token a sequence, and a chunk of tokens for prompts and for
 * contexts that start afresh. Sequences that have nothing to add run along with rows that are not
 * kept. Native arrays belong to the thread that opened the engine.
 */
public final class SameDiffDecoder implements DecodingEngine {
  /** Tokens of a chunk: enough that matrix products are worth their calls. */
  private static final int CHUNK = 32;

  /** Rows of a chunk over all sequences: its masks and activations are bounded by it. */
  private static final int MOST_ROWS = 1024;

  private final TransformerConfig config;
  private final float[] values;
  private final ContextWindows windows;
  private final DeviceParameters parameters;
  private final KeyValueCache cache;
  private final EncodedSource source;
  private final VocabularyEnds ends;

  /** Positions of each sequence that the cache holds. */
  private int[] held;

  private final float[] ran;
  private final float[] logits;
  private DecodingPlan single;
  private DecodingPlan chunk;

  /**
   * Opens an engine.
   *
   * @param parameters flat vector in layout order; copied
   * @param sequences B, at least 1
   */
  public SameDiffDecoder(TransformerConfig config, float[] parameters, int sequences) {
    DecodedModel model = DecodedModel.of(config, parameters);
    this.config = (TransformerConfig) model.config();
    this.values = model.parameters();
    this.windows = new ContextWindows(sequences, config.contextLength(), config.vocabularySize());
    this.held = new int[sequences];
    this.ran = new float[Math.multiplyExact(sequences, config.vocabularySize())];
    this.logits = new float[ran.length];
    this.ends = new VocabularyEnds(this.config);
    DeviceParameters device = new DeviceParameters(this.config.layout(), values);
    KeyValueCache past = null;
    boolean whole = false;
    try {
      past = new KeyValueCache(this.config, sequences);
      this.source =
          config.stack() == Stack.ENCODER_DECODER
              ? new EncodedSource(this.config, values, device.byName(), sequences)
              : null;
      whole = true;
    } finally {
      if (!whole) {
        device.close();
        if (past != null) {
          past.close();
        }
      }
    }
    this.parameters = device;
    this.cache = past;
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
  public void encode(int[][] sources) {
    ModelParameters.requireEncoder(config);
    source.encode(sources);
  }

  @Override
  public float[] prefill(int[][] prompts) {
    windows.start(prompts);
    held = new int[held.length];
    return advance();
  }

  @Override
  public float[] step(int[] next) {
    windows.requireCount(next.length, "tokens");
    for (int s = 0; s < next.length; s++) {
      if (next[s] != IDLE && windows.append(s, next[s])) {
        held[s] = 0;
      }
    }
    return advance();
  }

  /** Runs plans until the cache holds every token. */
  private float[] advance() {
    for (int pending = pending(); pending > 0; pending = pending()) {
      DecodingPlan plan = pending == 1 ? single() : chunk();
      int length = plan.inputs.length();
      int[] counts = new int[held.length];
      for (int s = 0; s < held.length; s++) {
        counts[s] = Math.min(length, windows.length(s) - held[s]);
        plan.inputs.set(cache, s, held[s], counts[s]);
        for (int i = 0; i < counts[s]; i++) {
          int position = held[s] + i;
          int row = (s * length + i) * config.width();
          ends.embed(values, windows.token(s, position), position, plan.embedded, row);
        }
      }
      plan.run(ran);
      for (int s = 0; s < held.length; s++) {
        held[s] += counts[s];
        if (counts[s] > 0) {
          int row = s * config.vocabularySize();
          System.arraycopy(ran, row, logits, row, config.vocabularySize());
        }
      }
    }
    return logits;
  }

  private int pending() {
    int most = 0;
    for (int s = 0; s < held.length; s++) {
      most = Math.max(most, windows.length(s) - held[s]);
    }
    return most;
  }

  private DecodingPlan single() {
    if (single == null) {
      single = plan(1);
    }
    return single;
  }

  private DecodingPlan chunk() {
    if (chunk == null) {
      int byRows = Math.max(1, MOST_ROWS / held.length);
      chunk = plan(Math.min(Math.min(CHUNK, byRows), config.contextLength()));
    }
    return chunk;
  }

  private DecodingPlan plan(int length) {
    return new DecodingPlan(
        config, values, parameters.byName(), cache, source, held.length, length);
  }

  @Override
  public void reorder(int[] parents) {
    windows.reorder(parents);
    int[] old = held.clone();
    for (int s = 0; s < parents.length; s++) {
      held[s] = old[parents[s]];
    }
    cache.reorder(parents);
    if (source != null) {
      source.reorder(parents);
    }
  }

  @Override
  public long cacheBytes() {
    return cache.bytes() + (source == null ? 0 : source.bytes());
  }

  @Override
  public void close() {
    if (single != null) {
      single.close();
      single = null;
    }
    if (chunk != null) {
      chunk.close();
      chunk = null;
    }
    if (source != null) {
      source.close();
    }
    cache.close();
    parameters.close();
  }
}
