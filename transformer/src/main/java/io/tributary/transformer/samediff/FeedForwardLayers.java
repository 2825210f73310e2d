package io.tributary.transformer.samediff;

import io.tributary.common.model.BlockTensors;
import io.tributary.common.model.ModelTensors;
import io.tributary.common.model.TransformerConfig;
import org.nd4j.autodiff.samediff.SDVariable;

/** The feed-forward of every kind, from normed rows to what is added to them. */
final class FeedForwardLayers {
  // GELU by tanh (Hendrycks and Gimpel, 2016), the form GPT-2 uses.
  private static final double GELU_SCALE = 0.7978845608028654; // √(2/π)
  private static final double GELU_CUBIC = 0.044715;

  private final GraphParts parts;
  private final TransformerConfig config;

  FeedForwardLayers(GraphParts parts) {
    this.parts = parts;
    this.config = parts.config;
  }

  /**
   * Applies the block's feed-forward.
   *
   * @param x (N, d)
   * @param present N values, negative where no token is; null: all are there
   * @return (N, d)
   */
  SDVariable apply(SDVariable x, int rows, BlockTensors names, SDVariable present) {
    int inner = config.feedForwardWidth();
    return switch (config.feedForward().kind()) {
      case GELU ->
          parts.linear(
              gelu(parts.linear(x, rows, names.feedForwardInput())),
              rows,
              names.feedForwardOutput());
      case GELU_ERF ->
          parts.linear(
              BlockOps.geluErf(parts.linear(x, rows, names.feedForwardInput())),
              rows,
              names.feedForwardOutput());
      case SWIGLU -> {
        SDVariable joined = parts.linear(x, rows, names.feedForwardInput()); // (N, 2·f)
        SDVariable[] split = parts.columns(joined, inner, inner);
        SDVariable gated = BlockOps.product(BlockOps.silu(split[0]), split[1]);
        yield parts.linear(gated, rows, names.feedForwardOutput());
      }
      case EXPERTS -> experts(x, rows, names, present);
    };
  }

  private SDVariable experts(SDVariable x, int rows, BlockTensors names, SDVariable present) {
    return parts.experts.apply(
        x,
        parts.linear(x, rows, names.router()),
        parts.parameter(ModelTensors.weight(names.feedForwardInput())),
        parts.parameter(ModelTensors.weight(names.feedForwardOutput())),
        present);
  }

  private static SDVariable gelu(SDVariable x) {
    SDVariable slope = x.mul(x).mul(GELU_SCALE * GELU_CUBIC).add(GELU_SCALE);
    return DecoderOps.tanh(x.mul(slope)).add(1.0).mul(x.mul(0.5));
  }
}
