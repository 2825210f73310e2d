package io.tributary.transformer.samediff;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.factory.Nd4j;

/** The machine's own limit: a large square matrix product by the same op that the model uses. */
public final class MatrixProductBenchmark implements AutoCloseable {
  private static final int SIZE = 1024;
  private static final int REPEATS = 5;

  private final INDArray left = Nd4j.ones(DataType.FLOAT, SIZE, SIZE);
  private final INDArray right = Nd4j.ones(DataType.FLOAT, SIZE, SIZE);
  private final INDArray product = Nd4j.create(DataType.FLOAT, SIZE, SIZE);
  private final DynamicCustomOp op =
      DynamicCustomOp.builder("matmul").addInputs(left, right).addOutputs(product).build();

  /** Opens the arrays and multiplies once, since the first call also loads code. */
  public MatrixProductBenchmark() {
    Nd4j.exec(op);
  }

  /** Best of a few products, in 10^9 multiplications and additions a second. */
  public double bestGflopsPerSecond() {
    long best = Long.MAX_VALUE;
    for (int i = 0; i < REPEATS; i++) {
      long start = System.nanoTime();
      Nd4j.exec(op);
      Nd4j.getExecutioner().commit();
      best = Math.min(best, System.nanoTime() - start);
    }
    return 2.0 * SIZE * SIZE * SIZE / best;
  }

  @Override
  public void close() {
    left.close();
    right.close();
    product.close();
  }
}
