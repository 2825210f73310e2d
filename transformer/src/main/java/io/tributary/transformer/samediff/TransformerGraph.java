package io.tributary.transformer.samediff;

import io.tributary.common.model.AttentionRules;
import io.tributary.common.model.BlockTensors;
import io.tributary.common.model.HeadRules;
import io.tributary.common.model.ModelTensors;
import io.tributary.common.model.PositionRules;
import io.tributary.common.model.Stack;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.tensor.TensorSpec;
import io.tributary.transformer.TokenBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A transformer of any configuration from embedded input to answers as a SameDiff graph, for one
 * fixed batch.
 *
 * <p>Both ends that touch the vocabulary by index stay outside: inputs are embedded before and the
 * gradient of the answers is given, because SameDiff differentiates a lookup as a loop over indices
 * (minutes a step). Letters: B sequences, T positions, N = B·T, d width, V vocabulary.
 */
final class TransformerGraph {
  /** (N, d): the embedded tokens of the stack that answers. */
  static final String INPUT = "x";

  /** (N, d): the embedded source of an encoder–decoder. */
  static final String SOURCE = "source";

  /** (B, 1, 1, T): 0, or {@link #ABSENT} where an encoder's input has no token. */
  static final String PRESENT = "present";

  /** (B, 1, 1, T): the same of a source. */
  static final String SOURCE_PRESENT = "source.present";

  /** (B, N): what each row counts in its sequence's vector. */
  static final String POOLING = "pooling";

  /** (slots, V) or (B, classes). */
  static final String ANSWERS = "answers";

  /** The same shape. */
  static final String ANSWERS_GRADIENT = "answers.gradient";

  /**
   * Added to scores of positions that the pattern hides: exp of it is 0 in float and double. Every
   * row sees itself.
   */
  static final double HIDDEN = -1e9;

  /**
   * Added to scores of positions without a token: their weights are e^−60 of the others', below the
   * last bit of a double's sum. Not less, because a row may see nothing else, and ND4J's softmax in
   * double gives NaN for a row whose scores are all −10⁴ or below.
   */
  static final double ABSENT = -60;

  final GraphParts parts;

  /** Names of gradients by trained tensor or input; empty without backward. */
  final Map<String, String> gradients = new LinkedHashMap<>();

  private final TransformerConfig config;
  private final int batch;
  private final AttentionLayers attention;
  private final FeedForwardLayers feedForward;

  /** What a graph ends with. */
  enum End {
    /** The head's answers. */
    ANSWERS,
    /** The vectors (B, d) that a classifier looks at: what a frozen encoder makes of a text. */
    POOLED
  }

  TransformerGraph(TransformerConfig config, int batch, DataType type, boolean withGradients) {
    this(config, batch, type, withGradients, End.ANSWERS);
  }

  TransformerGraph(
      TransformerConfig config, int batch, DataType type, boolean withGradients, End end) {
    this.config = config;
    this.batch = batch;
    this.parts = new GraphParts(config, type);
    this.attention = new AttentionLayers(parts);
    this.feedForward = new FeedForwardLayers(parts);
    boolean whole = false;
    try {
      (end == End.POOLED ? pooled(stack(ownView())) : answers()).rename(ANSWERS);
      if (withGradients) {
        differentiate();
      }
      whole = true;
    } finally {
      if (!whole) {
        parts.close();
      }
    }
  }

  /** Columns of the answers. */
  static int answerColumns(TransformerConfig config, End end) {
    return end == End.POOLED ? config.width() : answerColumns(config);
  }

  private static int answerColumns(TransformerConfig config) {
    return config.head().languageModel() ? config.vocabularySize() : config.head().classes();
  }

  private void differentiate() {
    long slots = TokenBatch.targetSlots(config, batch);
    SDVariable seed =
        parts.graph.placeHolder(ANSWERS_GRADIENT, parts.type, slots, answerColumns(config));
    List<String> wanted = new ArrayList<>();
    for (TensorSpec tensor : config.layout().trainableTensors()) {
      if (parts.parameters.containsKey(tensor.name())) {
        wanted.add(tensor.name());
      }
    }
    if (trainsEmbeddings()) {
      wanted.add(INPUT);
      if (config.stack() == Stack.ENCODER_DECODER) {
        wanted.add(SOURCE);
      }
    }
    gradients.putAll(ReverseMode.differentiate(parts.graph, ANSWERS, seed, wanted));
  }

  private boolean trainsEmbeddings() {
    return config.layout().tensor(ModelTensors.TOKEN_EMBEDDING).trainable();
  }

  private SDVariable answers() {
    StackView view = ownView();
    SDVariable x = stack(view);
    if (config.head().kind() == HeadRules.Kind.CLASSIFICATION) {
      return parts.linear(pooled(x), batch, ModelTensors.CLASSIFIER);
    }
    SDVariable next = logits(x);
    int predicted = config.predictedTokens();
    if (predicted <= 1) {
      return next;
    }
    SDVariable[] all = new SDVariable[predicted];
    all[0] = next;
    for (int ahead = 1; ahead < predicted; ahead++) {
      all[ahead] = logits(block(x, ModelTensors.aheadLayer(ahead), view, null, null));
    }
    int[] sizes = new int[predicted];
    Arrays.fill(sizes, rows());
    return parts.below(sizes, all);
  }

  /** (B, d): each sequence's vector. */
  private SDVariable pooled(SDVariable x) {
    SDVariable pooling = parts.input(POOLING, batch, rows());
    return BlockOps.productWithConstant(pooling, finalNorm(x, ModelTensors.FINAL_NORM));
  }

  /** (N, d): what the last block gives. */
  private SDVariable stack(StackView view) {
    SDVariable x = stackInput(INPUT);
    SDVariable encoded = null;
    StackView cross = null;
    if (config.stack() == Stack.ENCODER_DECODER) {
      StackView source = view(false, true, ModelTensors.ENCODER_POSITION_BIAS);
      encoded = stackInput(SOURCE);
      for (int layer = 0; layer < config.layers(); layer++) {
        encoded = block(encoded, ModelTensors.encoderLayer(layer), source, null, null);
      }
      encoded = finalNorm(encoded, ModelTensors.ENCODER_FINAL_NORM);
      cross = new StackView(batch, length(), length(), false, null, source.present(), null, null);
    }
    for (int layer = 0; layer < config.layers(); layer++) {
      x = block(x, ModelTensors.layer(layer), view, encoded, cross);
    }
    return x;
  }

  private SDVariable stackInput(String name) {
    SDVariable x = parts.input(name, rows(), config.width());
    return config.norm().before() ? x : parts.norm(x, rows(), ModelTensors.EMBEDDING_NORM);
  }

  private SDVariable logits(SDVariable x) {
    SDVariable last = finalNorm(x, ModelTensors.FINAL_NORM);
    return config.head().tied()
        ? parts.graph.mmul(last, parts.parameter(ModelTensors.TOKEN_EMBEDDING), false, true, false)
        : parts.linear(last, rows(), ModelTensors.HEAD);
  }

  private SDVariable finalNorm(SDVariable x, String name) {
    return config.norm().before() ? parts.norm(x, rows(), name) : x;
  }

  /** One block; {@code encoded} and {@code cross} are null without cross-attention. */
  private SDVariable block(
      SDVariable x, BlockTensors names, StackView view, SDVariable encoded, StackView cross) {
    boolean before = config.norm().before();
    int rows = view.rows();
    SDVariable seen = before ? parts.norm(x, rows, names.attentionNorm()) : x;
    SDVariable y = BlockOps.sum(x, attention.self(seen, names, view));
    y = before ? y : parts.norm(y, rows, names.attentionNorm());
    if (encoded != null) {
      SDVariable asking = before ? parts.norm(y, rows, names.crossNorm()) : y;
      y = BlockOps.sum(y, attention.cross(asking, encoded, names, cross));
      y = before ? y : parts.norm(y, rows, names.crossNorm());
    }
    SDVariable fed = before ? parts.norm(y, rows, names.feedForwardNorm()) : y;
    SDVariable z = BlockOps.sum(y, feedForward.apply(fed, rows, names, view.present()));
    return before ? z : parts.norm(z, rows, names.feedForwardNorm());
  }

  /** Of the stack that answers. */
  private StackView ownView() {
    return view(config.causal(), !config.causal(), ModelTensors.POSITION_BIAS);
  }

  private StackView view(boolean causal, boolean masked, String biasTable) {
    String present = biasTable.equals(ModelTensors.POSITION_BIAS) ? PRESENT : SOURCE_PRESENT;
    return new StackView(
        batch,
        length(),
        length(),
        causal,
        mask(causal),
        masked ? parts.input(present, batch, 1, 1, length()) : null,
        bias(biasTable, causal),
        config.rotaryWidth() > 0 ? new Rotary(parts, batch, length()) : null);
  }

  private SDVariable bias(String table, boolean causal) {
    if (config.position().kind() != PositionRules.Kind.RELATIVE) {
      return null;
    }
    int group = config.heads() / config.keyValueHeads();
    long[] shape = {1, config.keyValueHeads(), (long) group * length(), length()};
    return RelativeBias.apply(parts.parameter(table), config.position(), !causal, shape, length());
  }

  /** (1, 1, G·T, T), or null where nothing is hidden or tiles know the pattern themselves. */
  private SDVariable mask(boolean causal) {
    AttentionRules rules = config.attention();
    if (rules.tileLength() != null || (!causal && rules.pattern() == AttentionRules.Pattern.FULL)) {
      return null;
    }
    int group = config.heads() / config.keyValueHeads();
    return parts.constant(causal ? "mask.causal" : "mask", () -> mask(rules, causal, group));
  }

  private INDArray mask(AttentionRules rules, boolean causal, int group) {
    int length = length();
    double[] mask = new double[Math.multiplyExact(group * length, length)];
    for (int row = 0; row < group * length; row++) {
      for (int key = 0; key < length; key++) {
        mask[row * length + key] = rules.sees(row % length, key, causal) ? 0 : HIDDEN;
      }
    }
    return DoubleValues.create(mask, parts.type, 1, 1, (long) group * length, length);
  }

  private int length() {
    return config.contextLength();
  }

  private int rows() {
    return batch * config.contextLength();
  }
}
