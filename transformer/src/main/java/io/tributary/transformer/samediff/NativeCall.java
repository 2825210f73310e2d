package io.tributary.transformer.samediff;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.factory.Nd4j;

/**
 * One native op that a {@link HostOp} calls again and again on different arrays, with its argument
 * list made once: what {@code Nd4j.exec} builds and frees in every call.
 *
 * <p>Shapes are not checked here: outputs must have the op's shapes. Owned by one thread.
 */
final class NativeCall implements AutoCloseable {
  private final DynamicCustomOp op;
  private final OpContext context = Nd4j.getExecutioner().buildContext();

  /**
   * Prepares an op.
   *
   * @param name of a custom op of libnd4j
   * @param integers its integer arguments
   */
  NativeCall(String name, long... integers) {
    op = DynamicCustomOp.builder(name).build();
    context.setIArguments(integers);
  }

  /** {@code a · b}, or of the last two dimensions, with either one transposed. */
  static NativeCall matrixProduct(boolean transposeA, boolean transposeB) {
    return new NativeCall("matmul", transposeA ? 1 : 0, transposeB ? 1 : 0, 0);
  }

  /**
   * {@code scale · a · b}, written, or added to what is there.
   *
   * @param adds whether the output is kept and added to
   */
  static NativeCall matrixProduct(
      boolean transposeA, boolean transposeB, double scale, boolean adds) {
    NativeCall call = matrixProduct(transposeA, transposeB);
    call.context.setTArguments(scale, adds ? 1 : 0);
    return call;
  }

  /** Writes the op's only output. */
  void run(INDArray output, INDArray... inputs) {
    run(List.of(output), inputs);
  }

  /** Writes the op's outputs. */
  void run(List<INDArray> outputs, INDArray... inputs) {
    context.purge(); // or libnd4j keeps the handles of all arrays that it was ever given
    context.setInputArrays(List.of(inputs));
    context.setOutputArrays(outputs);
    Nd4j.getExecutioner().exec(op, context);
  }

  @Override
  public void close() {
    try {
      context.close();
    } catch (Exception e) {
      throw new IllegalStateException("a native argument list could not be freed", e);
    }
  }
}
