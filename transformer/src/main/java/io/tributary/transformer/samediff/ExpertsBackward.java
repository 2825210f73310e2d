package io.tributary.transformer.samediff;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The derivative of an {@link ExpertsForward} by tokens, router logits and both weights, the
 * load-balancing loss included. Reads what the forward node kept, so that node must have run on the
 * same values: a {@link GraphPlan} runs forward stages first.
 */
final class ExpertsBackward extends HostOp {
  private final ExpertsForward forward;

  ExpertsBackward(ExpertsForward forward, SDVariable... inputs) {
    super(inputs);
    this.forward = forward;
  }

  @Override
  public String opName() {
    return "tributary_experts_bp";
  }

  @Override
  public int getNumOutputs() {
    return 4;
  }

  @Override
  List<long[]> shapesFor(List<INDArray> inputs) {
    return inputs.subList(1, 5).stream().map(INDArray::shape).toList();
  }

  @Override
  void run(List<INDArray> inputs, List<INDArray> outputs) {
    ExpertSlots s = forward.slots(inputs.subList(1, 5));
    INDArray input = inputs.get(3);
    INDArray output = inputs.get(4);
    INDArray inputGradient = outputs.get(2);
    INDArray outputGradient = outputs.get(3);

    s.toSlots(inputs.get(0), s.sorted); // dL/dy
    for (int expert = 0; expert < s.experts(); expert++) {
      if (s.rows(expert) > 0) {
        s.productByTransposed.run(
            s.part(s.hiddenGradient, expert), s.part(s.sorted, expert), s.slice(output, expert));
      }
    }
    s.hidden();
    s.multiply.run(s.work, s.hiddenGradient, s.hidden);
    s.routerGradient(s.work, outputs.get(1));
    s.multiply.run(s.sorted, s.sorted, s.weights);
    s.multiply.run(s.hiddenGradient, s.hiddenGradient, s.weights);
    for (int expert = 0; expert < s.experts(); expert++) {
      INDArray slice = s.slice(outputGradient, expert);
      if (s.rows(expert) > 0) {
        s.productOfTransposed.run(slice, s.part(s.hidden, expert), s.part(s.sorted, expert));
      } else {
        slice.assign(0);
      }
    }
    s.swigluGradient();
    s.toSlots(inputs.get(1), s.sorted); // x
    for (int expert = 0; expert < s.experts(); expert++) {
      INDArray slice = s.slice(inputGradient, expert);
      if (s.rows(expert) > 0) {
        INDArray joined = s.part(s.joined, expert);
        s.productOfTransposed.run(slice, s.part(s.sorted, expert), joined);
        s.productByTransposed.run(s.part(s.answers, expert), joined, s.slice(input, expert));
      } else {
        slice.assign(0);
      }
    }
    s.toTokens(outputs.get(0));
  }
}
