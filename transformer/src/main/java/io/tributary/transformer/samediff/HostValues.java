package io.tributary.transformer.samediff;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Values of one small array on the Java side, as doubles whatever the array's type: where a {@link
 * HostOp} decides by value (which expert, which row).
 */
final class HostValues {
  final double[] values;
  private final float[] floats;

  HostValues(int length, DataType type) {
    values = new double[length];
    floats = new float[type == DataType.FLOAT ? length : 0];
  }

  /** Copies the array's values in. */
  void read(INDArray source) {
    INDArray whole = source.offset() == 0 ? source : source.dup('c');
    if (source.dataType() == DataType.FLOAT) {
      HostTransfer.download(whole, floats);
      for (int i = 0; i < values.length; i++) {
        values[i] = floats[i];
      }
    } else {
      Nd4j.getExecutioner().commit();
      System.arraycopy(whole.data().asDouble(), 0, values, 0, values.length);
    }
  }

  /** Copies the values into an array that starts its buffer. */
  void write(INDArray target) {
    if (target.dataType() == DataType.FLOAT) {
      for (int i = 0; i < values.length; i++) {
        floats[i] = (float) values[i];
      }
      HostTransfer.upload(floats, target);
    } else {
      target.assign(Nd4j.createFromArray(values).reshape(target.shape()));
    }
  }
}
