package io.tributary.transformer.network;

import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * One parameter of a network, for whoever writes its job.
 *
 * @param name as the network calls it
 * @param shape dimensions
 * @param firstValues as the network makes them itself, row-major
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
public record NetworkTensor(String name, List<Integer> shape, float[] firstValues) {
  static NetworkTensor of(String name, INDArray array) {
    return new NetworkTensor(name, shapeOf(array), HostArrays.values(array));
  }

  static List<Integer> shapeOf(INDArray array) {
    return array.rank() == 0
        ? List.of(1)
        : Arrays.stream(array.shape()).mapToObj(Math::toIntExact).toList();
  }
}
