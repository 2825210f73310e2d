package io.tributary.transformer.samediff;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Small arrays to and from Java, whatever their type: for nodes whose work is not arithmetic. */
final class DoubleValues {
  private DoubleValues() {}

  /** All values in C order; views too. */
  static double[] read(INDArray array) {
    try (INDArray whole = array.dup('c')) {
      return whole.data().asDouble();
    }
  }

  /** A new array of these values in C order; the caller frees it. */
  static INDArray create(double[] values, DataType type, long... shape) {
    INDArray doubles = Nd4j.createFromArray(values);
    if (type == DataType.DOUBLE) {
      return doubles.reshape('c', shape);
    }
    try (doubles) {
      return doubles.castTo(type).reshape('c', shape);
    }
  }

  /** Overwrites all values, in C order. */
  static void write(double[] values, INDArray array) {
    try (INDArray source = Nd4j.createFromArray(values);
        INDArray typed = source.castTo(array.dataType())) {
      array.assign(typed.reshape('c', array.shape()));
    }
  }
}
