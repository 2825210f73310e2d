package io.tributary.transformer.samediff;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ops.DynamicCustomOp;

/** A graph node that is one native call, of one output whose type is its first input's. */
abstract class NativeOp extends DynamicCustomOp {
  NativeOp(SDVariable... inputs) {
    super(null, inputs[0].getSameDiff(), inputs);
  }

  /** The native op's name: a constant, since the base constructor already asks for it. */
  @Override
  public abstract String opName();

  @Override
  public List<DataType> calculateOutputDataTypes(List<DataType> inputs) {
    return List.of(inputs.get(0));
  }

  final SDVariable product(SDVariable a, boolean transposeA, SDVariable b, boolean transposeB) {
    return getSameDiff().mmul(a, b, transposeA, transposeB, false);
  }

  /** Sums of columns, (n), as the product of a row of ones with (N, n). */
  final SDVariable columnSums(SDVariable ones, SDVariable rows, SDVariable like) {
    long columns = like.getShape()[0];
    return DecoderOps.reshape(product(ones, false, rows, false), new long[] {1, columns}, columns);
  }
}
