package io.tributary.transformer.pretrained;

import io.tributary.common.model.FeedForwardRules;
import java.util.List;
import java.util.Map;

/**
 * Finds out the sizes of a model of BERT's kind: from {@code config.json}, or, where there is none,
 * from an ONNX file's tensors and graph.
 */
final class BertFiles {
  private static final Map<String, FeedForwardRules.Kind> ACTIVATIONS =
      Map.of(
          "gelu", FeedForwardRules.Kind.GELU_ERF,
          "gelu_new", FeedForwardRules.Kind.GELU,
          "gelu_pytorch_tanh", FeedForwardRules.Kind.GELU);

  private BertFiles() {}

  /** From {@code config.json} of kind {@code bert}. */
  static PretrainedKind of(HuggingFaceConfig config, TensorFile file) {
    config.choice("position_embedding_type", "absolute", Map.of("absolute", true));
    config.requireOff("is_decoder", "a decoder of BERT's kind");
    config.requireOff("add_cross_attention", "cross-attention in BERT");
    config.requireAbsent("embedding_size", "an embedding of another width");
    return BertKind.named(
        new BertKind.Sizes(
            config.size("vocab_size"),
            config.size("hidden_size"),
            config.size("num_hidden_layers"),
            config.size("num_attention_heads"),
            config.size("intermediate_size"),
            config.size("max_position_embeddings"),
            config.number("layer_norm_eps", 1e-12),
            config.choice("hidden_act", "gelu", ACTIVATIONS)),
        file);
  }

  /**
   * From an ONNX file with BERT's names. Number of heads, epsilon and activation stand in its graph
   * only, and are read from there.
   */
  static PretrainedKind of(OnnxFile onnx) {
    TensorFile file = onnx.tensors();
    List<Long> words = matrix(file, "embeddings.word_embeddings.weight");
    List<Long> positions = matrix(file, "embeddings.position_embeddings.weight");
    int layers = 0;
    while (file.tensors().containsKey(layer(layers) + "intermediate.dense.bias")) {
      layers++;
    }
    if (layers == 0) {
      throw missing(file, layer(0) + "intermediate.dense.bias");
    }
    long inner = file.tensors().get(layer(0) + "intermediate.dense.bias").size();
    for (long size : List.of(words.get(0), words.get(1), positions.get(0), inner)) {
      if (size < 1 || size > Integer.MAX_VALUE) {
        throw Malformed.unsupported(file.path(), "a tensor has " + size + " rows or columns");
      }
    }
    OnnxGraph graph = onnx.graph();
    if (graph.nodes("Erf").size() != layers) {
      throw Malformed.unsupported(
          file.path(),
          "its graph has "
              + graph.nodes("Erf").size()
              + " error functions for "
              + layers
              + " layers: an activation other than GELU (by erf) is not supported");
    }
    BertKind.Sizes sizes =
        new BertKind.Sizes(
            words.get(0).intValue(),
            words.get(1).intValue(),
            layers,
            heads(file, graph),
            (int) inner,
            positions.get(0).intValue(),
            epsilon(file, graph),
            FeedForwardRules.Kind.GELU_ERF);
    return BertKind.anonymous(
        sizes,
        bias ->
            graph
                .matrixOfBias(bias)
                .orElseThrow(
                    () ->
                        Malformed.unsupported(
                            file.path(), "no matrix product goes with " + Malformed.shown(bias))));
  }

  private static String layer(int layer) {
    return "encoder.layer." + layer + ".";
  }

  private static List<Long> matrix(TensorFile file, String name) {
    return file.shape(name)
        .filter(shape -> shape.size() == 2)
        .orElseThrow(() -> missing(file, name));
  }

  private static RuntimeException missing(TensorFile file, String name) {
    return Malformed.unsupported(
        file.path(), "the matrix " + name + " is missing: only models of BERT's kind are read");
  }

  /** Keys are reshaped to (batch, positions, heads, head width). */
  private static int heads(TensorFile file, OnnxGraph graph) {
    return graph.consumers(layer(0) + "attention.self.key.bias", "Add").stream()
        .flatMap(sum -> graph.consumers(sum.outputs().get(0), "Reshape").stream())
        .filter(reshape -> reshape.inputs().size() == 2)
        .flatMap(reshape -> graph.producer(reshape.inputs().get(1)).stream())
        .filter(shape -> shape.operation().equals("Concat") && shape.inputs().size() == 4)
        .flatMap(shape -> graph.producer(shape.inputs().get(2)).stream().map(node -> shape))
        .flatMap(shape -> constant(graph, shape.inputs().get(2)).stream())
        .filter(heads -> heads >= 1 && heads <= Integer.MAX_VALUE)
        .map(Long::intValue)
        .findFirst()
        .orElseThrow(
            () ->
                Malformed.unsupported(
                    file.path(), "its graph does not say how many heads layer 0 has"));
  }

  /** Exporters put a constant through an Unsqueeze. */
  private static java.util.Optional<Long> constant(OnnxGraph graph, String name) {
    return graph
        .integer(name)
        .or(
            () ->
                graph
                    .producer(name)
                    .filter(node -> node.operation().equals("Unsqueeze"))
                    .flatMap(node -> graph.integer(node.inputs().get(0))));
  }

  /** What is added before a root is taken; the same in every norm. */
  private static double epsilon(TensorFile file, OnnxGraph graph) {
    List<Float> found =
        graph.nodes("Sqrt").stream()
            .flatMap(root -> graph.producer(root.inputs().get(0)).stream())
            .filter(sum -> sum.operation().equals("Add"))
            .flatMap(sum -> sum.inputs().stream())
            .flatMap(term -> graph.single(term).stream())
            .distinct()
            .toList();
    if (found.size() != 1) {
      throw Malformed.unsupported(
          file.path(),
          "its graph has " + found.size() + " different epsilons in its norms, not one");
    }
    // As short as its decimal form: 1e-12 and not the single nearest to it.
    return Double.parseDouble(Float.toString(found.get(0)));
  }
}
