package io.tributary.transformer.samediff;

import io.tributary.common.model.FeedForwardRules;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The mixtures of experts of one graph: makes the node of each layer, sums their load-balancing
 * losses, and owns the arrays that layers use one after the other.
 *
 * <p>y = Σ over a token's experts e of w_e · (SiLU(x·gate_e) ∘ (x·up_e))·out_e; who they are is
 * {@link ExpertRouting}'s matter. Rows are sorted by expert and each expert multiplies only its
 * own, so the work is that of k experts however many there are, and nothing is padded (Gale et al.,
 * MegaBlocks, 2022). Letters: N tokens, E experts, k choices a token, M = N·k slots, d width, f
 * width of an expert.
 */
final class Experts {
  private final FeedForwardRules rules;
  private final List<ExpertsForward> layers = new ArrayList<>();
  private final Map<String, INDArray> scratch = new HashMap<>();

  Experts(FeedForwardRules rules) {
    this.rules = rules;
  }

  /**
   * Adds a layer's mixture to the graph.
   *
   * @param x (N, d)
   * @param routerLogits (N, E)
   * @param input (E, d, 2f): gate | up
   * @param output (E, f, d)
   * @param presentOrNull N values, in any shape: negative for tokens that are padding, 0 for others
   *     (the mask that is added to attention scores); they go to no expert and do not count in
   *     capacity and balance. Null: there is no padding
   * @return (N, d)
   */
  SDVariable apply(
      SDVariable x,
      SDVariable routerLogits,
      SDVariable input,
      SDVariable output,
      SDVariable presentOrNull) {
    SDVariable[] inputs =
        presentOrNull == null
            ? new SDVariable[] {x, routerLogits, input, output}
            : new SDVariable[] {x, routerLogits, input, output, presentOrNull};
    ExpertsForward layer = new ExpertsForward(this, layers.size(), inputs);
    layers.add(layer);
    return layer.outputVariable();
  }

  /** Load-balancing losses of the last forward run, weighted and summed over layers. */
  double balanceLoss() {
    return layers.stream().mapToDouble(ExpertsForward::balanceLoss).sum();
  }

  FeedForwardRules rules() {
    return rules;
  }

  /** An array that any layer may overwrite; zeros at first. */
  INDArray scratch(String name, DataType type, long... shape) {
    return scratch.computeIfAbsent(name, key -> Nd4j.create(type, shape));
  }

  /** Values of all arrays that are kept beside the graph's. */
  long scratchValues() {
    return scratch.values().stream().mapToLong(INDArray::length).sum();
  }

  /** Frees the arrays of all layers; the next run makes new ones. */
  void release() {
    scratch.values().forEach(INDArray::close);
    scratch.clear();
  }
}
