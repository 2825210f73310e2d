package io.tributary.transformer.pretrained;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which operation of an ONNX file makes and takes which tensor. Exporters fold the matrices of
 * linear layers into tensors without names ({@code onnx::MatMul_787}); what they are follows from
 * where the graph uses them, so that no import depends on the order of a file.
 */
final class OnnxGraph {
  private final Map<String, OnnxNode> producers = new HashMap<>();
  private final Map<String, List<OnnxNode>> consumers = new HashMap<>();
  private final Map<String, ByteBuffer> constants;

  /**
   * Indexes a graph.
   *
   * @param constants little-endian bytes of small constants, by the tensor's name
   */
  OnnxGraph(List<OnnxNode> nodes, Map<String, ByteBuffer> constants) {
    this.constants = Map.copyOf(constants);
    for (OnnxNode node : nodes) {
      node.outputs().forEach(output -> producers.put(output, node));
      node.inputs()
          .forEach(input -> consumers.computeIfAbsent(input, name -> new ArrayList<>()).add(node));
    }
  }

  /** The operation that makes a tensor; none makes an initializer or an input of the graph. */
  Optional<OnnxNode> producer(String tensor) {
    return Optional.ofNullable(producers.get(tensor));
  }

  /** The operations that take a tensor, of one kind. */
  List<OnnxNode> consumers(String tensor, String operation) {
    return consumers.getOrDefault(tensor, List.of()).stream()
        .filter(node -> node.operation().equals(operation))
        .toList();
  }

  /** All operations of a kind. */
  List<OnnxNode> nodes(String operation) {
    return producers.values().stream()
        .distinct()
        .filter(node -> node.operation().equals(operation))
        .toList();
  }

  /** The one number of a constant of a type, if it is one. */
  Optional<Long> integer(String tensor) {
    return Optional.ofNullable(constants.get(tensor))
        .filter(bytes -> bytes.remaining() == Long.BYTES)
        .map(bytes -> bytes.getLong(0));
  }

  /** The one number of a constant of single precision, if it is one. */
  Optional<Float> single(String tensor) {
    return Optional.ofNullable(constants.get(tensor))
        .filter(bytes -> bytes.remaining() == Float.BYTES)
        .map(bytes -> bytes.getFloat(0));
  }

  /**
   * The matrix of the linear layer that adds a bias: input 1 of the {@code MatMul} whose result is
   * added to it.
   *
   * @return the matrix's name, if exactly that stands in the graph
   */
  Optional<String> matrixOfBias(String bias) {
    List<OnnxNode> sums = consumers(bias, "Add");
    if (sums.size() != 1 || sums.get(0).inputs().size() != 2) {
      return Optional.empty();
    }
    List<String> terms = sums.get(0).inputs();
    String other = terms.get(0).equals(bias) ? terms.get(1) : terms.get(0);
    return producer(other)
        .filter(node -> node.operation().equals("MatMul") && node.inputs().size() == 2)
        .map(node -> node.inputs().get(1));
  }
}
