package io.tributary.transformer.samediff;

import io.tributary.common.model.BlockTensors;
import io.tributary.common.model.ModelTensors;
import io.tributary.common.model.Stack;
import io.tributary.common.model.TransformerConfig;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The graph of one decoding step: t new tokens of each of B sequences, which see what {@link
 * KeyValueCache} holds, and the logits after each sequence's last one. Letters as in {@link
 * InferenceBlocks}.
 */
final class DecodingGraph {
  static final String INPUT = "x";
  static final String CACHE_ROWS = "cache.rows";
  static final String MASK = "mask";
  static final String SOURCE_MASK = "source.mask";
  static final String LOGITS = "logits";

  final InferenceBlocks blocks;
  private final TransformerConfig config;
  private final KeyValueCache cache;
  private final StepInputs inputs;
  private final SDVariable cacheRows;

  /**
   * Describes the step.
   *
   * @param values of all parameters, in layout order
   * @param inputs read at each run by what runs in Java
   */
  DecodingGraph(TransformerConfig config, float[] values, KeyValueCache cache, StepInputs inputs) {
    this.config = config;
    this.cache = cache;
    this.inputs = inputs;
    this.blocks = new InferenceBlocks(config, values, inputs.batch(), inputs.length());
    int columns = config.contextLength();
    InferenceAttention attention = new InferenceAttention(blocks, inputs.positions, columns);
    SDVariable x = placeholder(INPUT, blocks.rows(), config.width());
    cacheRows =
        blocks.parts.graph.placeHolder(
            CACHE_ROWS, DataType.INT32, blocks.batch, cache.parts(), blocks.length);
    SDVariable mask = placeholder(MASK, blocks.batch, config.heads(), blocks.length, columns);
    boolean cross = config.stack() == Stack.ENCODER_DECODER;
    SDVariable sourceMask =
        cross
            ? placeholder(SOURCE_MASK, blocks.batch, config.heads(), blocks.length, columns)
            : null;
    if (!config.norm().before()) {
      x = blocks.norm(x, ModelTensors.EMBEDDING_NORM);
    }
    for (int layer = 0; layer < config.layers(); layer++) {
      BlockTensors names = ModelTensors.layer(layer);
      int at = layer;
      SDVariable normed = blocks.before(x, names.attentionNorm());
      SDVariable attended = attention.within(normed, names, mask, rows -> append(rows, at));
      x = blocks.after(x, attended, names.attentionNorm());
      if (cross) {
        SDVariable source =
            placeholder(
                sourceName(layer),
                blocks.batch,
                2L * config.keyValueHeads(),
                columns,
                config.headWidth());
        SDVariable looked =
            attention.across(blocks.before(x, names.crossNorm()), names, source, sourceMask);
        x = blocks.after(x, looked, names.crossNorm());
      }
      x = blocks.fed(x, names);
    }
    head(x).rename(LOGITS);
  }

  static String cacheName(int layer) {
    return "cache." + layer;
  }

  static String sourceName(int layer) {
    return "source." + layer;
  }

  private SDVariable placeholder(String name, long... shape) {
    return blocks.parts.graph.placeHolder(name, DataType.FLOAT, shape);
  }

  private SDVariable head(SDVariable x) {
    SDVariable last =
        config.norm().before()
            ? blocks.parts.rowNorm(x, ModelTensors.FINAL_NORM, inputs.lastRows)
            : new PickedRows(x, inputs.lastRows).outputVariable();
    return config.head().tied()
        ? InferenceOps.product(last, blocks.parts.parameter(ModelTensors.TOKEN_EMBEDDING), true, 1)
        : blocks.parts.linear(last, blocks.batch, ModelTensors.HEAD);
  }

  /**
   * Writes new rows to a layer's cache.
   *
   * @param rows (B, P, t, n)
   * @return all rows, (B, P, T, n)
   */
  private SDVariable append(SDVariable rows, int layer) {
    long count = cache.spareRow();
    int width = cache.width();
    SDVariable written =
        InferenceOps.overwriteRows(
            placeholder(cacheName(layer), count + 1, width), cacheRows, rows);
    return InferenceOps.reshape(
        InferenceOps.slice(written, 0, 0, count),
        blocks.batch,
        cache.parts(),
        config.contextLength(),
        width);
  }
}
