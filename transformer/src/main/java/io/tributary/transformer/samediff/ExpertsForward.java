package io.tributary.transformer.samediff;

import io.tributary.common.model.FeedForwardRules;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The node of one layer's mixture; see {@link Experts} for inputs and letters.
 *
 * <p>What its derivative needs again is kept: gate, up and sigmoid(gate) of every slot, three times
 * (M, f). Without a derivative in the graph, layers share these as well.
 */
final class ExpertsForward extends HostOp {
  private final Experts experts;
  private final int layer;
  private boolean differentiated;
  private ExpertSlots slots;

  ExpertsForward(Experts experts, int layer, SDVariable... inputs) {
    super(inputs);
    this.experts = experts;
    this.layer = layer;
  }

  @Override
  public String opName() {
    return "tributary_experts";
  }

  @Override
  List<long[]> shapesFor(List<INDArray> inputs) {
    return List.of(inputs.get(0).shape());
  }

  @Override
  void run(List<INDArray> inputs, List<INDArray> outputs) {
    INDArray x = inputs.get(0);
    INDArray input = inputs.get(2);
    INDArray output = inputs.get(3);
    ExpertSlots s = slots(inputs);
    s.route(inputs.get(1), inputs.size() > 4 ? inputs.get(4) : null);
    s.toSlots(x, s.sorted);
    for (int expert = 0; expert < s.experts(); expert++) {
      if (s.rows(expert) > 0) {
        s.product.run(s.part(s.joined, expert), s.part(s.sorted, expert), s.slice(input, expert));
      }
    }
    s.split.run(List.of(s.gate, s.up), s.joined);
    s.sigmoid.run(s.sigmoids, s.gate);
    s.hidden();
    for (int expert = 0; expert < s.experts(); expert++) {
      if (s.rows(expert) > 0) {
        s.product.run(s.part(s.answers, expert), s.part(s.hidden, expert), s.slice(output, expert));
      }
    }
    s.multiply.run(s.answers, s.answers, s.weights);
    s.toTokens(outputs.get(0));
  }

  double balanceLoss() {
    return slots == null ? 0 : slots.routing.balanceLoss();
  }

  ExpertSlots slots(List<INDArray> inputs) {
    if (slots == null) {
      FeedForwardRules rules = experts.rules();
      INDArray x = inputs.get(0);
      INDArray output = inputs.get(3);
      DataType type = x.dataType();
      ExpertRouting routing =
          new ExpertRouting(
              (int) x.size(0),
              (int) output.size(0),
              rules.topK(),
              rules.capacityFactor() == null ? Double.POSITIVE_INFINITY : rules.capacityFactor(),
              rules.balanceWeight());
      String keep = differentiated ? "layer." + layer + "." : "";
      slots =
          new ExpertSlots(
              experts, routing, keep, type, (int) x.size(0), (int) x.size(1), (int) output.size(1));
    }
    return slots;
  }

  @Override
  public List<SDVariable> doDiff(List<SDVariable> gradients) {
    differentiated = true;
    return List.of(
        new ExpertsBackward(this, gradients.get(0), arg(0), arg(1), arg(2), arg(3))
            .outputVariables());
  }

  @Override
  void release() {
    if (slots != null) {
      slots.close();
      slots = null;
    }
    experts.release();
  }
}
