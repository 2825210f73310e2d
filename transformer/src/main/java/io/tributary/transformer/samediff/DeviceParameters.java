package io.tributary.transformer.samediff;

import io.tributary.common.tensor.Layout;
import io.tributary.common.tensor.TensorSpec;
import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A model's parameters in one array, and a view of it for each tensor. */
final class DeviceParameters implements AutoCloseable {
  private final INDArray flat;
  private final Map<String, INDArray> byName = new LinkedHashMap<>();

  /** Copies parameters. */
  DeviceParameters(Layout layout, float[] values) {
    flat = Nd4j.create(DataType.FLOAT, values.length);
    HostTransfer.upload(values, flat);
    for (TensorSpec tensor : layout.tensors()) {
      long[] shape = tensor.shape().stream().mapToLong(Integer::longValue).toArray();
      byName.put(
          tensor.name(),
          Nd4j.create(
              flat.data(),
              shape,
              Nd4j.getStrides(shape, 'c'),
              tensor.offset(),
              'c',
              DataType.FLOAT));
    }
  }

  /** Views by tensor. */
  Map<String, INDArray> byName() {
    return byName;
  }

  @Override
  public void close() {
    flat.close();
  }
}
