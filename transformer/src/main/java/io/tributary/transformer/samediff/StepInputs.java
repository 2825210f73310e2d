package io.tributary.transformer.samediff;

import io.tributary.common.model.ModelTensors;
import io.tributary.common.model.PositionRules;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.tensor.TensorSpec;

/**
 * What one run of a {@link DecodingGraph} is told besides its rows: where each new token stands,
 * which cache rows it goes to, and whom it sees. Refilled for every run.
 *
 * <p>Letters as in {@link InferenceBlocks}; T positions of a cache.
 */
final class StepInputs {
  private final TransformerConfig config;
  private final int batch;
  private final int length;
  private final int parts;
  private final float[][] biasByDistance;

  /** N positions. */
  final int[] positions;

  /** Cache rows, (B, P, t). */
  final int[] cacheRows;

  /** Added to scores, (B, H, t, T). */
  final float[] mask;

  /** Row of each sequence's last token, B of them. */
  final int[] lastRows;

  /**
   * Inputs for B sequences of at most t new tokens each.
   *
   * @param parameters of the model: relative positions are a table of biases
   */
  StepInputs(TransformerConfig config, float[] parameters, int batch, int length, int parts) {
    this.config = config;
    this.batch = batch;
    this.length = length;
    this.parts = parts;
    int rows = Math.multiplyExact(batch, length);
    positions = new int[rows];
    cacheRows = new int[Math.multiplyExact(rows, parts)];
    mask = new float[Math.multiplyExact(Math.multiplyExact(rows, config.heads()), columns())];
    lastRows = new int[batch];
    biasByDistance = biases(config, parameters);
  }

  private int columns() {
    return config.contextLength();
  }

  /** By how far the key lies back, a bias for each head; null without relative positions. */
  private static float[][] biases(TransformerConfig config, float[] parameters) {
    if (config.position().kind() != PositionRules.Kind.RELATIVE) {
      return null;
    }
    TensorSpec table = config.layout().tensor(ModelTensors.POSITION_BIAS);
    float[][] biases = new float[config.contextLength()][config.heads()];
    for (int back = 0; back < biases.length; back++) {
      int bucket = config.position().bucket(-back, false);
      System.arraycopy(
          parameters,
          (int) table.offset() + bucket * config.heads(),
          biases[back],
          0,
          config.heads());
    }
    return biases;
  }

  /**
   * States the new tokens of one sequence.
   *
   * @param from position of the first one
   * @param count how many, at most t; the other rows hold nothing
   */
  void set(KeyValueCache cache, int sequence, int from, int count) {
    lastRows[sequence] = sequence * length + Math.max(0, count - 1);
    for (int i = 0; i < length; i++) {
      int row = sequence * length + i;
      // A row that holds nothing computes something at a place that exists.
      positions[row] = Math.min(from + i, config.contextLength() - 1);
      for (int part = 0; part < parts; part++) {
        cacheRows[(sequence * parts + part) * length + i] =
            i < count ? cache.row(sequence, part, from + i) : cache.spareRow();
      }
      fillMask(sequence, i, positions[row]);
    }
  }

  private void fillMask(int sequence, int i, int query) {
    int columns = columns();
    for (int head = 0; head < config.heads(); head++) {
      int at = ((sequence * config.heads() + head) * length + i) * columns;
      if (head > 0 && biasByDistance == null) {
        System.arraycopy(mask, at - length * columns, mask, at, columns);
        continue;
      }
      for (int key = 0; key < columns; key++) {
        boolean seen = config.attention().sees(query, key, true);
        float bias = seen && biasByDistance != null ? biasByDistance[query - key][head] : 0;
        mask[at + key] = seen ? bias : (float) TransformerGraph.HIDDEN;
      }
    }
  }

  /** B. */
  int batch() {
    return batch;
  }

  /** t. */
  int length() {
    return length;
  }
}
