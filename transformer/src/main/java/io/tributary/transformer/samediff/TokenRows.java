package io.tributary.transformer.samediff;

import io.tributary.common.model.ModelTensors;
import io.tributary.common.model.PositionRules;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.tensor.TensorSpec;

/** The row that a token at a position goes into the first block as, looked up in Java. */
final class TokenRows {
  private final TransformerConfig config;
  private final float[] values;
  private final int tokens;
  private final int positions;

  /**
   * Looks up where the embeddings lie.
   *
   * @param values of all parameters, in layout order; kept
   */
  TokenRows(TransformerConfig config, float[] values) {
    this.config = config;
    this.values = values;
    this.tokens = (int) config.layout().tensor(ModelTensors.TOKEN_EMBEDDING).offset();
    this.positions =
        config
            .layout()
            .find(ModelTensors.POSITION_EMBEDDING)
            .map(TensorSpec::offset)
            .map(Long::intValue)
            .orElse(-1);
  }

  /**
   * Writes a row.
   *
   * @param rows (N, d)
   * @param at first of its d places
   */
  void embed(int token, int position, float[] rows, int at) {
    int width = config.width();
    System.arraycopy(values, tokens + token * width, rows, at, width);
    if (config.position().kind() == PositionRules.Kind.LEARNED) {
      int from = positions + position * width;
      for (int i = 0; i < width; i++) {
        rows[at + i] += values[from + i];
      }
    } else if (config.position().kind() == PositionRules.Kind.SINUSOIDAL) {
      throw new IllegalStateException("sinusoidal positions are not here yet");
    }
  }
}
