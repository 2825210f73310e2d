package io.tributary.transformer.pretrained;

import java.util.List;

/**
 * One operation of an ONNX graph.
 *
 * @param operation such as {@code MatMul}
 * @param inputs names of tensors, in order
 * @param outputs names of tensors, in order
 */
record OnnxNode(String operation, List<String> inputs, List<String> outputs) {
  OnnxNode {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
  }
}
