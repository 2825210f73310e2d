package io.tributary.transformer.network;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Between ND4J's arrays, of any order and type, and row-major floats. */
final class HostArrays {
  private HostArrays() {}

  /** All values in row-major order. */
  static float[] values(INDArray array) {
    INDArray floats = array.dataType() == DataType.FLOAT ? array : array.castTo(DataType.FLOAT);
    return floats.dup('c').data().asFloat();
  }

  /** Sets all values from a row-major part of {@code flat}. */
  static void assign(INDArray target, float[] flat, int from) {
    int count = Math.toIntExact(target.length());
    float[] part = new float[count];
    System.arraycopy(flat, from, part, 0, count);
    target.assign(Nd4j.create(part, target.shape(), 'c'));
  }
}
