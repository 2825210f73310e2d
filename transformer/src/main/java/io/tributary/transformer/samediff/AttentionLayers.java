package io.tributary.transformer.samediff;

import io.tributary.common.model.AttentionRules;
import io.tributary.common.model.BlockTensors;
import io.tributary.common.model.TransformerConfig;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * Attention of every kind, from normed rows to what is added to them.
 *
 * <p>Heads that share keys are no copies: the queries of the G heads of a group stand one below the
 * other, (B, K, G·t, s), and meet the group's one key (B, K, L, s). Decoding has a form of its own
 * ({@link InferenceAttention}), which is checked against this one. Letters: B sequences, t new
 * positions, L positions looked at, H heads, K heads of keys, G = H/K, s head width.
 */
final class AttentionLayers {
  private final GraphParts parts;
  private final TransformerConfig config;
  private final int heads;
  private final int keyHeads;
  private final int size;

  AttentionLayers(GraphParts parts) {
    this.parts = parts;
    this.config = parts.config;
    this.heads = config.heads();
    this.keyHeads = config.keyValueHeads();
    this.size = config.headWidth();
  }

  /**
   * Attention of a stack to itself.
   *
   * @param x (B·t, d)
   * @return (B·t, d)
   */
  SDVariable self(SDVariable x, BlockTensors names, StackView view) {
    SDVariable mixed =
        switch (config.attention().kind()) {
          case MULTI_HEAD, MULTI_QUERY, GROUPED_QUERY -> shared(x, names, view);
          case LATENT -> latent(x, names, view);
        };
    return parts.linear(mixed, view.rows(), names.attentionOutput());
  }

  private SDVariable shared(SDVariable x, BlockTensors names, StackView view) {
    SDVariable joined = parts.linear(x, view.rows(), names.attentionInput());
    SDVariable queries;
    SDVariable keys;
    SDVariable values;
    if (keyHeads == heads && view.rotary() == null) {
      SDVariable[] split = // three of (B, H, t, s)
          parts.graph.unstack(
              DecoderOps.reshape(
                      joined,
                      new long[] {view.rows(), 3L * config.width()},
                      view.batch(),
                      view.queries(),
                      3,
                      heads,
                      size)
                  .permute(2, 0, 3, 1, 4),
              0,
              3);
      queries = split[0];
      keys = split[1];
      values = split[2];
    } else {
      SDVariable[] split = parts.columns(joined, heads * size, keyHeads * size, keyHeads * size);
      queries = byGroup(turned(split[0], heads, view), view, size);
      keys = byHead(turned(split[1], keyHeads, view), view.batch(), view.queries(), size);
      values = byHead(split[2], view.batch(), view.queries(), size);
    }
    return mix(queries, keys, values, view, config.attention(), size);
  }

  /** Turns each head of (B·t, h·s), if positions are rotary. */
  private SDVariable turned(SDVariable rows, int count, StackView view) {
    if (view.rotary() == null) {
      return rows;
    }
    long[] wide = {view.rows(), (long) count * size};
    long[] tall = {(long) view.rows() * count, size};
    SDVariable turned = view.rotary().turn(DecoderOps.reshape(rows, wide, tall), count);
    return DecoderOps.reshape(turned, tall, wide);
  }

  /** (B·n, K·w) to (B, K, n, w). */
  private SDVariable byHead(SDVariable rows, int batch, int length, int width) {
    long[] flat = {(long) batch * length, (long) keyHeads * width};
    return DecoderOps.reshape(rows, flat, batch, length, keyHeads, width).permute(0, 2, 1, 3);
  }

  /** (B·t, H·w) to (B, K, G·t, w). */
  private SDVariable byGroup(SDVariable rows, StackView view, int width) {
    int group = heads / keyHeads;
    int batch = view.batch();
    int length = view.queries();
    if (group == 1) {
      return byHead(rows, batch, length, width);
    }
    long[] flat = {view.rows(), (long) heads * width};
    SDVariable permuted =
        DecoderOps.reshape(rows, flat, batch, length, keyHeads, group, width)
            .permute(0, 2, 3, 1, 4); // (B, K, G, t, w)
    return DecoderOps.reshape(
        permuted,
        new long[] {batch, keyHeads, group, length, width},
        batch,
        keyHeads,
        (long) group * length,
        width);
  }

  /**
   * Softmax of scaled products, and the values that they weigh.
   *
   * @param queries (B, K, G·t, w)
   * @param keys (B, K, L, w)
   * @param values (B, K, L, s)
   * @param width w, whose root scales the scores
   * @return (B·t, H·s)
   */
  SDVariable mix(
      SDVariable queries,
      SDVariable keys,
      SDVariable values,
      StackView view,
      AttentionRules rules,
      int width) {
    double scale = 1 / Math.sqrt(width);
    int group = heads / keyHeads;
    SDVariable mixed;
    if (rules.tileLength() != null) {
      mixed =
          parts.tiles.apply(
              queries, keys, values, scale, rules, view.causal(), group, view.present());
    } else {
      SDVariable scores = // (B, K, G·t, L)
          parts.graph.mmul(queries.mul(scale), keys, false, true, false);
      if (view.bias() != null) {
        long[] shape = {view.batch(), keyHeads, (long) group * view.queries(), view.keys()};
        scores = BlockOps.plusShared(scores, view.bias(), parts.onesRow(view.batch()), shape);
      }
      if (view.mask() != null) {
        scores = DecoderOps.plusConstant(scores, view.mask());
      }
      if (view.present() != null) {
        scores = DecoderOps.plusConstant(scores, view.present());
      }
      SDVariable weights = parts.graph.nn.softmax(scores, -1);
      mixed = parts.graph.mmul(weights, values, false, false, false); // (B, K, G·t, s)
    }
    return rejoined(mixed, view, group);
  }

  /** (B, K, G·t, s) to (B·t, H·s). */
  private SDVariable rejoined(SDVariable mixed, StackView view, int group) {
    int batch = view.batch();
    int length = view.queries();
    if (group == 1) {
      return DecoderOps.reshape(
          mixed.permute(0, 2, 1, 3),
          new long[] {batch, length, heads, size},
          view.rows(),
          (long) heads * size);
    }
    SDVariable grouped =
        DecoderOps.reshape(
            mixed,
            new long[] {batch, keyHeads, (long) group * length, size},
            batch,
            keyHeads,
            group,
            length,
            size);
    return DecoderOps.reshape(
        grouped.permute(0, 3, 1, 2, 4),
        new long[] {batch, length, keyHeads, group, size},
        view.rows(),
        (long) heads * size);
  }

  private SDVariable latent(SDVariable x, BlockTensors names, StackView view) {
    int rows = view.rows();
    int latent = config.attention().latentWidth();
    int rotary = config.rotaryWidth();
    int width = size + rotary;
    SDVariable queries = parts.linear(x, rows, names.attentionQuery()); // (B·t, H·(s + r))
    SDVariable compressed = parts.linear(x, rows, names.attentionLatent()); // (B·t, l + r)
    if (rotary > 0) {
      long[] wide = {rows, (long) heads * width};
      long[] tall = {(long) rows * heads, width};
      SDVariable[] split = parts.columns(DecoderOps.reshape(queries, wide, tall), size, rotary);
      SDVariable turned = view.rotary().turn(split[1], heads);
      queries =
          DecoderOps.reshape(parts.besides(new int[] {size, rotary}, split[0], turned), tall, wide);
      SDVariable[] keyParts = parts.columns(compressed, latent, rotary);
      compressed =
          parts.besides(
              new int[] {latent, rotary}, keyParts[0], view.rotary().turn(keyParts[1], 1));
    }
    int keyRows = view.batch() * view.keys();
    SDVariable content = compressed;
    SDVariable sharedKey = null;
    if (rotary > 0) {
      SDVariable[] keyParts = parts.columns(compressed, latent, rotary);
      content = keyParts[0];
      sharedKey = keyParts[1];
    }
    SDVariable up = parts.linear(content, keyRows, names.attentionLatentUp()); // (B·L, 2·H·s)
    SDVariable[] both = parts.columns(up, heads * size, heads * size);
    SDVariable keys = both[0];
    if (rotary > 0) {
      long[] wide = {keyRows, (long) heads * size};
      long[] tall = {(long) keyRows * heads, size};
      SDVariable repeated = // (B·L·H, r): a product with [I I …] also sums the heads' gradients
          DecoderOps.reshape(
              DecoderOps.constantProduct(sharedKey, repetition(rotary)),
              new long[] {keyRows, (long) heads * rotary},
              (long) keyRows * heads,
              rotary);
      keys =
          DecoderOps.reshape(
              parts.besides(
                  new int[] {size, rotary}, DecoderOps.reshape(keys, wide, tall), repeated),
              new long[] {(long) keyRows * heads, width},
              keyRows,
              (long) heads * width);
    }
    return mix(
        byHead(queries, view.batch(), view.queries(), width),
        byHead(keys, view.batch(), view.keys(), width),
        byHead(both[1], view.batch(), view.keys(), size),
        view,
        config.attention(),
        width);
  }

  /** [I I …], (r, H·r). */
  private SDVariable repetition(int width) {
    return parts.constant(
        "latent.repetition",
        () -> {
          double[] values = new double[width * width * heads];
          for (int i = 0; i < width; i++) {
            for (int head = 0; head < heads; head++) {
              values[(i * heads + head) * width + i] = 1;
            }
          }
          return DoubleValues.create(values, parts.type, width, (long) heads * width);
        });
  }

  /**
   * Attention of a decoder to an encoder's rows: all of them, without positions.
   *
   * @param x (B·t, d)
   * @param encoded (B·L, d)
   * @param view of the cross-attention: L source positions, nothing hidden but absent ones
   * @return (B·t, d)
   */
  SDVariable cross(SDVariable x, SDVariable encoded, BlockTensors names, StackView view) {
    SDVariable queries = byGroup(parts.linear(x, view.rows(), names.crossQuery()), view, size);
    int keyRows = view.batch() * view.keys();
    SDVariable[] split =
        parts.columns(
            parts.linear(encoded, keyRows, names.crossInput()), keyHeads * size, keyHeads * size);
    SDVariable keys = byHead(split[0], view.batch(), view.keys(), size);
    SDVariable values = byHead(split[1], view.batch(), view.keys(), size);
    AttentionRules full = AttentionRules.MULTI_HEAD;
    SDVariable mixed = mix(queries, keys, values, view, full, size);
    return parts.linear(mixed, view.rows(), names.crossOutput());
  }
}
