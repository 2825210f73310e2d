package io.tributary.transformer.samediff;

import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.point;

import io.tributary.common.model.AttentionRules;
import io.tributary.common.model.BlockTensors;
import io.tributary.common.model.ModelTensors;
import io.tributary.common.model.PositionRules;
import io.tributary.common.model.TransformerConfig;
import java.util.function.UnaryOperator;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * Attention of models that only answer: new rows make keys and values, a memory turns them into all
 * keys and values that there are, and the rows look at those.
 *
 * <p>Latent attention never makes keys and values of past positions: the matrices that would make
 * them are applied to the query and to what is seen instead (DeepSeek-V2, 2024, 2.1.2), so that all
 * heads look at one remembered row a position. Letters as in {@link InferenceBlocks}; l latent
 * width, r width of its rotary part.
 */
final class InferenceAttention {
  private final InferenceBlocks blocks;
  private final TransformerConfig config;
  private final int[] positions;
  private final int seen;
  private final RotaryTurn.Angles angles;

  /**
   * For one graph.
   *
   * @param positions of the N rows, read at each run
   * @param seen S, positions that a memory holds
   */
  InferenceAttention(InferenceBlocks blocks, int[] positions, int seen) {
    this.blocks = blocks;
    this.config = blocks.config;
    this.positions = positions;
    this.seen = seen;
    int width = config.rotaryWidth();
    this.angles =
        width == 0 ? null : new RotaryTurn.Angles(config.position(), config.contextLength(), width);
  }

  /**
   * Self-attention of a block, (N, d).
   *
   * @param x (N, d)
   * @param mask (B, H, t, S), added to scores
   * @param memory takes new rows (B, P, t, n) and gives all, (B, P, S, n)
   */
  SDVariable within(
      SDVariable x, BlockTensors names, SDVariable mask, UnaryOperator<SDVariable> memory) {
    SDVariable looked =
        config.attention().kind() == AttentionRules.Kind.LATENT
            ? latent(x, names, mask, memory)
            : byHeads(x, names, mask, memory);
    return blocks.linear(looked, names.attentionOutput());
  }

  private SDVariable byHeads(
      SDVariable x, BlockTensors names, SDVariable mask, UnaryOperator<SDVariable> memory) {
    int heads = config.heads();
    int shared = config.keyValueHeads();
    int size = config.headWidth();
    SDVariable joined = blocks.linear(x, names.attentionInput()); // (N, (H + 2K)·s)
    if (config.position().kind() == PositionRules.Kind.ROTARY) {
      joined = new RotaryTurn(joined, angles, positions, heads + shared, size, 0).outputVariable();
    }
    SDVariable parts = blocks.heads(joined, heads + 2 * shared, size); // (B, H + 2K, t, s)
    SDVariable all = memory.apply(InferenceOps.slice(parts, 1, heads, heads + 2L * shared));
    return look(InferenceOps.slice(parts, 1, 0, heads), all, mask);
  }

  /**
   * Attention of a decoder's block to its source, (N, d).
   *
   * @param x (N, d)
   * @param source (B, 2K, S, s)
   * @param mask (B, H, t, S), added to scores
   */
  SDVariable across(SDVariable x, BlockTensors names, SDVariable source, SDVariable mask) {
    SDVariable queries =
        blocks.heads(blocks.linear(x, names.crossQuery()), config.heads(), config.headWidth());
    return blocks.linear(look(queries, source, mask), names.crossOutput());
  }

  /**
   * What queries see of values, (N, H·s).
   *
   * @param queries (B, H, t, s)
   * @param all (B, 2K, S, s), keys and then values
   */
  private SDVariable look(SDVariable queries, SDVariable all, SDVariable mask) {
    int heads = config.heads();
    int size = config.headWidth();
    int shared = config.keyValueHeads();
    SDVariable grouped =
        InferenceOps.reshape(queries, blocks.batch, shared, group(shared), size); // (B, K, g·t, s)
    SDVariable scores =
        InferenceOps.product(
            grouped, InferenceOps.slice(all, 1, 0, shared), true, 1 / Math.sqrt(size));
    SDVariable mixed =
        InferenceOps.product(
            weights(scores, mask, shared),
            InferenceOps.slice(all, 1, shared, 2L * shared),
            false,
            1); // (B, K, g·t, s)
    return blocks.columns(
        InferenceOps.reshape(mixed, blocks.batch, heads, blocks.length, size), heads, size);
  }

  private long group(int shared) {
    return (long) config.heads() / shared * blocks.length;
  }

  private SDVariable weights(SDVariable scores, SDVariable mask, int shared) {
    SDVariable grouped = InferenceOps.reshape(mask, blocks.batch, shared, group(shared), seen);
    return blocks.parts.graph.nn.softmax(scores.add(grouped), -1);
  }

  private SDVariable latent(
      SDVariable x, BlockTensors names, SDVariable mask, UnaryOperator<SDVariable> memory) {
    int heads = config.heads();
    int size = config.headWidth();
    int turned = config.rotaryWidth();
    int latent = config.attention().latentWidth();
    int rows = blocks.rows();
    SDVariable queries = blocks.linear(x, names.attentionQuery()); // (N, H·(s + r))
    SDVariable made = blocks.linear(x, names.attentionLatent()); // (N, l + r)
    if (turned > 0) {
      queries =
          new RotaryTurn(queries, angles, positions, heads, size + turned, size).outputVariable();
      made = new RotaryTurn(made, angles, positions, 1, 0, latent).outputVariable();
    }
    SDVariable past = // (B, 1, S, l + r)
        memory.apply(InferenceOps.reshape(made, blocks.batch, 1, blocks.length, latent + turned));
    SDVariable up =
        blocks.parts.parameter(ModelTensors.weight(names.attentionLatentUp())); // (l, 2Hs)
    SDVariable byHead = // (H, N, s + r)
        InferenceOps.view(
            queries, q -> q.reshape('c', rows, heads, size + turned).permute(1, 0, 2));
    SDVariable plain = // (H, N, l)
        InferenceOps.product(
            InferenceOps.slice(byHead, 2, 0, size), upOf(up, 0, latent, heads, size), true, 1);
    double scale = 1 / Math.sqrt(size + turned);
    SDVariable values = InferenceOps.slice(past, 3, 0, latent);
    SDVariable scores =
        InferenceOps.product(toSequences(plain, latent), values, true, scale); // (B, 1, H·t, S)
    if (turned > 0) {
      SDVariable rotary = toSequences(InferenceOps.slice(byHead, 2, size, size + turned), turned);
      SDVariable keys = InferenceOps.slice(past, 3, latent, latent + turned);
      scores = scores.add(InferenceOps.product(rotary, keys, true, scale));
    }
    SDVariable mixed =
        InferenceOps.product(weights(scores, mask, 1), values, false, 1); // (B, 1, H·t, l)
    SDVariable looked = // (H, N, s)
        InferenceOps.product(
            fromSequences(mixed, latent), upOf(up, 1, latent, heads, size), false, 1);
    return InferenceOps.reshape(looked.permute(1, 0, 2), rows, (long) heads * size);
  }

  /** The matrices of all heads that make keys (0) or values (1): a view, (H, l, s). */
  private static SDVariable upOf(SDVariable up, int which, int latent, int heads, int size) {
    return InferenceOps.view(
        up,
        w ->
            w.reshape('c', latent, 2, heads, size)
                .get(all(), point(which), all(), all())
                .permute(1, 0, 2));
  }

  /** (H, N, n) as (B, 1, H·t, n). */
  private SDVariable toSequences(SDVariable x, int columns) {
    int heads = config.heads();
    SDVariable parts =
        InferenceOps.view(x, a -> a.reshape('c', heads, blocks.batch, blocks.length, columns));
    return InferenceOps.reshape(
        parts.permute(1, 0, 2, 3), blocks.batch, 1, (long) heads * blocks.length, columns);
  }

  /** (B, 1, H·t, n) as (H, N, n). */
  private SDVariable fromSequences(SDVariable x, int columns) {
    int heads = config.heads();
    SDVariable parts = InferenceOps.reshape(x, blocks.batch, heads, blocks.length, columns);
    return InferenceOps.reshape(parts.permute(1, 0, 2, 3), heads, blocks.rows(), columns);
  }
}
