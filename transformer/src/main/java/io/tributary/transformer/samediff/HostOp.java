package io.tributary.transformer.samediff;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;

/**
 * A graph node whose work is Java code on arrays instead of one native call: for what depends on
 * values (routing), or would keep too much in memory as a graph (tiles).
 *
 * <p>A {@link GraphPlan} gives each node its output arrays once, and runs it at its place between
 * native calls. A node belongs to one plan, may keep scratch arrays (freed by {@link #release}),
 * and may be read by the node of its derivative, which runs later on the same values.
 */
abstract class HostOp extends DynamicCustomOp {

  HostOp(SDVariable... inputs) {
    super(null, inputs[0].getSameDiff(), inputs);
  }

  /** A name for messages: a constant, since the base constructor already asks for it. */
  @Override
  public abstract String opName();

  /** Shapes of the outputs. */
  abstract List<long[]> shapesFor(List<INDArray> inputs);

  /**
   * Computes.
   *
   * @param inputs not to be changed; C order
   * @param outputs to be overwritten whole; C order
   */
  abstract void run(List<INDArray> inputs, List<INDArray> outputs);

  /** Frees scratch arrays. */
  void release() {}

  /** A constant as well. */
  @Override
  public int getNumOutputs() {
    return 1;
  }

  @Override
  public List<DataType> calculateOutputDataTypes(List<DataType> inputs) {
    return java.util.Collections.nCopies(getNumOutputs(), inputs.get(0));
  }
}
