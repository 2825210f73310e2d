package io.tributary.common.model;

import io.tributary.common.tensor.Initializer;
import io.tributary.common.tensor.Layout;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Which tensors a {@link TransformerConfig} has, in which order, from which first values, and which
 * of them are trained.
 *
 * <p>Matrices are stored (in, out), so that a row vector times the matrix is the layer.
 */
final class TransformerLayout {
  /** Standard deviation of initial weights, as in GPT-2. */
  private static final double WEIGHT_DEVIATION = 0.02;

  /** Hears of each tensor. */
  private interface Sink {
    void tensor(String name, Initializer initializer, boolean trainable, Integer... shape);
  }

  private static final Initializer ZEROS = new Initializer.Zeros();
  private static final Initializer ONES = new Initializer.Ones();

  private final TransformerConfig config;
  private final TuningRules tuning;
  private final Initializer normal = new Initializer.Normal(WEIGHT_DEVIATION);
  private final Initializer residual;
  private final Set<String> adapted = new LinkedHashSet<>();
  private final Sink sink;

  private TransformerLayout(TransformerConfig config, Sink sink) {
    this.config = config;
    this.tuning = config.tuning();
    this.sink = sink;
    // Two residual additions a layer: scaled so that the sum's variance does not grow with depth.
    this.residual =
        new Initializer.Normal(WEIGHT_DEVIATION / StrictMath.sqrt(2.0 * config.layers()));
  }

  static Layout of(TransformerConfig config) {
    Layout.Builder builder = Layout.builder();
    new TransformerLayout(
            config,
            (name, initializer, trainable, shape) -> {
              if (trainable) {
                builder.add(name, initializer, shape);
              } else {
                builder.addFrozen(name, initializer, shape);
              }
            })
        .describe();
    return builder.build();
  }

  /** Refuses a model whose flat vector would be too long, before anything of it is built. */
  static void requireCount(TransformerConfig config) {
    double[] count = {0}; // in double: no product or sum of the sizes can overflow it
    new TransformerLayout(
            config,
            (name, initializer, trainable, shape) -> {
              double size = 1;
              for (int dimension : shape) {
                size *= dimension;
              }
              count[0] += size;
            })
        .describe();
    if (count[0] > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "the model would have "
              + (long) count[0]
              + " parameters but at most "
              + Integer.MAX_VALUE
              + " are possible: lower model.width or model.layers");
    }
  }

  /** Refuses adapters on layers that the model does not have. */
  static void requireTargets(TransformerConfig config) {
    TransformerLayout layout = new TransformerLayout(config, (name, initial, trained, shape) -> {});
    layout.describe();
    List<String> missing = new ArrayList<>(config.tuning().targets());
    missing.removeAll(layout.adapted);
    if (!missing.isEmpty()) {
      throw new IllegalArgumentException(
          "model.tuning.targets has "
              + missing.get(0)
              + " but this model has no such linear layer: see its tensors in docs/models.md");
    }
  }

  private void describe() {
    int width = config.width();
    boolean embeddings = trainsAll() && !tuning.freezeEmbeddings();
    sink.tensor(ModelTensors.TOKEN_EMBEDDING, normal, embeddings, config.vocabularySize(), width);
    if (config.position().kind() == PositionRules.Kind.LEARNED) {
      sink.tensor(
          ModelTensors.POSITION_EMBEDDING, normal, embeddings, config.contextLength(), width);
    }
    if (!config.norm().before()) {
      norm(ModelTensors.EMBEDDING_NORM, embeddings);
    }
    if (config.stack() == Stack.ENCODER_DECODER) {
      positionBias(ModelTensors.ENCODER_POSITION_BIAS);
      for (int layer = 0; layer < config.layers(); layer++) {
        block(ModelTensors.encoderLayer(layer), false);
      }
      finalNorm(ModelTensors.ENCODER_FINAL_NORM);
    }
    positionBias(ModelTensors.POSITION_BIAS);
    for (int layer = 0; layer < config.layers(); layer++) {
      block(ModelTensors.layer(layer), config.stack() == Stack.ENCODER_DECODER);
    }
    for (int ahead = 1; ahead < config.predictedTokens(); ahead++) {
      block(ModelTensors.aheadLayer(ahead), false);
    }
    finalNorm(ModelTensors.FINAL_NORM);
    head();
  }

  private boolean trainsAll() {
    return tuning.kind() == TuningRules.Kind.FULL;
  }

  private void positionBias(String name) {
    if (config.position().kind() == PositionRules.Kind.RELATIVE) {
      // The name ends in .bias, but it is a table of weights and not what bias-only trains.
      sink.tensor(name, normal, trainsAll(), config.position().buckets(), config.heads());
    }
  }

  private void finalNorm(String name) {
    if (config.norm().before()) {
      norm(name, trainsAll());
    }
  }

  private void block(BlockTensors names, boolean cross) {
    int width = config.width();
    int joined = config.heads() * config.headWidth();
    int shared = config.keyValueHeads() * config.headWidth();
    norm(names.attentionNorm(), trainsAll());
    if (config.attention().kind() == AttentionRules.Kind.LATENT) {
      int latent = config.attention().latentWidth();
      int rotary = config.rotaryWidth();
      linear(
          names.attentionQuery(),
          "attention.query",
          normal,
          false,
          width,
          joined + config.heads() * rotary);
      linear(names.attentionLatent(), "attention.latent", normal, false, width, latent + rotary);
      linear(names.attentionLatentUp(), "attention.latent-up", normal, false, latent, 2 * joined);
    } else {
      linear(
          names.attentionInput(),
          "attention.input",
          normal,
          config.biases(),
          width,
          joined + 2 * shared);
    }
    linear(names.attentionOutput(), "attention.output", residual, config.biases(), joined, width);
    if (cross) {
      norm(names.crossNorm(), trainsAll());
      linear(names.crossQuery(), "cross.query", normal, config.biases(), width, joined);
      linear(names.crossInput(), "cross.input", normal, config.biases(), width, 2 * shared);
      linear(names.crossOutput(), "cross.output", residual, config.biases(), joined, width);
    }
    norm(names.feedForwardNorm(), trainsAll());
    feedForward(names);
  }

  private void feedForward(BlockTensors names) {
    int width = config.width();
    int inner = config.feedForwardWidth();
    int into = config.feedForward().gated() ? 2 * inner : inner;
    if (config.feedForward().kind() == FeedForwardRules.Kind.EXPERTS) {
      int experts = config.feedForward().experts();
      linear(names.router(), "feedforward.router", normal, false, width, experts);
      sink.tensor(
          ModelTensors.weight(names.feedForwardInput()), normal, trainsAll(), experts, width, into);
      sink.tensor(
          ModelTensors.weight(names.feedForwardOutput()),
          residual,
          trainsAll(),
          experts,
          inner,
          width);
    } else {
      linear(names.feedForwardInput(), "feedforward.input", normal, config.biases(), width, into);
      linear(
          names.feedForwardOutput(), "feedforward.output", residual, config.biases(), inner, width);
    }
  }

  private void head() {
    int width = config.width();
    if (config.head().kind() == HeadRules.Kind.CLASSIFICATION) {
      // A classifier is new in every fine-tuning: it is trained whatever else is.
      int classes = config.head().classes();
      sink.tensor(ModelTensors.weight(ModelTensors.CLASSIFIER), normal, true, width, classes);
      sink.tensor(ModelTensors.bias(ModelTensors.CLASSIFIER), ZEROS, true, classes);
    } else if (!config.head().tied()) {
      boolean trained = trainsAll() || tuning.kind() == TuningRules.Kind.HEAD_ONLY;
      String matrix = ModelTensors.weight(ModelTensors.HEAD);
      sink.tensor(matrix, normal, trained, width, config.vocabularySize());
      adapter(ModelTensors.HEAD, "head", width, config.vocabularySize());
    }
  }

  private void norm(String name, boolean gainTrained) {
    sink.tensor(ModelTensors.gain(name), ONES, gainTrained, config.width());
    if (config.norm().hasBias()) {
      sink.tensor(ModelTensors.bias(name), ZEROS, gainTrained || biasOnly(), config.width());
    }
  }

  private boolean biasOnly() {
    return tuning.kind() == TuningRules.Kind.BIAS_ONLY;
  }

  private void linear(
      String name, String kind, Initializer initializer, boolean biased, int in, int out) {
    sink.tensor(ModelTensors.weight(name), initializer, trainsAll(), in, out);
    if (biased) {
      sink.tensor(ModelTensors.bias(name), ZEROS, trainsAll() || biasOnly(), out);
    }
    adapter(name, kind, in, out);
  }

  private void adapter(String name, String kind, int in, int out) {
    if (tuning.kind() == TuningRules.Kind.LORA && tuning.targets().contains(kind)) {
      adapted.add(kind);
      int rank = tuning.rank();
      // As in the paper: the product starts at 0, so that training starts at the model as it is.
      sink.tensor(
          ModelTensors.loraDown(name),
          new Initializer.Normal(1 / StrictMath.sqrt(in)),
          true,
          in,
          rank);
      sink.tensor(ModelTensors.loraUp(name), ZEROS, true, rank, out);
    }
  }
}
