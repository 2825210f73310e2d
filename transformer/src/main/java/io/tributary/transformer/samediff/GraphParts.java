package io.tributary.transformer.samediff;

import io.tributary.common.model.FeedForwardRules;
import io.tributary.common.model.ModelTensors;
import io.tributary.common.model.NormRules;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.model.TuningRules;
import io.tributary.common.tensor.Layout;
import io.tributary.common.tensor.TensorSpec;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A graph under construction: its parameters, constants and inputs by name, and the layers that
 * every block is made of. Training and decoding build their graphs from the same parts.
 *
 * <p>Letters: N rows (tokens), d width, n columns.
 */
final class GraphParts {
  final SameDiff graph = SameDiff.create();
  final TransformerConfig config;
  final DataType type;

  /** Values that never change, by placeholder; the plan owns them. */
  final Map<String, INDArray> constants = new LinkedHashMap<>();

  /** Values that are filled in before each run, by placeholder; the plan owns them. */
  final Map<String, INDArray> inputs = new LinkedHashMap<>();

  /** The tensors that the graph reads. */
  final Map<String, SDVariable> parameters = new LinkedHashMap<>();

  /** The layers of experts; null if there are none. */
  final Experts experts;

  /** The attentions that are computed in tiles. */
  final TiledAttention tiles = new TiledAttention();

  private final Layout layout;
  private final float[] values; // of all parameters; null where they change
  private final Map<String, SDVariable> variables = new LinkedHashMap<>();

  GraphParts(TransformerConfig config, DataType type) {
    this(config, type, null);
  }

  /**
   * A graph that only answers, for parameters that stay as they are: its nodes need no derivative,
   * may look at parts of arrays in place, and may work in Java on parameters of their own.
   */
  static GraphParts answering(TransformerConfig config, float[] values) {
    return new GraphParts(config, DataType.FLOAT, values);
  }

  private GraphParts(TransformerConfig config, DataType type, float[] values) {
    this.values = values;
    this.config = config;
    this.type = type;
    this.layout = config.layout();
    this.experts =
        config.feedForward().kind() == FeedForwardRules.Kind.EXPERTS
            ? new Experts(config.feedForward())
            : null;
  }

  /** Frees constants and inputs, if no plan came to own them. */
  void close() {
    constants.values().forEach(INDArray::close);
    inputs.values().forEach(INDArray::close);
  }

  /** A tensor of the model. */
  SDVariable parameter(String name) {
    return parameters.computeIfAbsent(
        name,
        key -> {
          TensorSpec tensor = layout.tensor(key);
          long[] shape = tensor.shape().stream().mapToLong(Integer::longValue).toArray();
          return graph.placeHolder(key, type, shape);
        });
  }

  /** A constant, made once. */
  SDVariable constant(String name, Supplier<INDArray> value) {
    return variables.computeIfAbsent(
        name,
        key -> {
          INDArray array = value.get();
          constants.put(key, array);
          return graph.placeHolder(key, array.dataType(), array.shape());
        });
  }

  /** A placeholder whose array is filled in before each run; zeros at first. */
  SDVariable input(String name, long... shape) {
    return variables.computeIfAbsent(
        name,
        key -> {
          inputs.put(key, Nd4j.create(type, shape));
          return graph.placeHolder(key, type, shape);
        });
  }

  /** Cuts a matrix into blocks of columns. */
  SDVariable[] columns(SDVariable x, int... sizes) {
    if (values != null) {
      SDVariable[] blocks = new SDVariable[sizes.length];
      int from = 0;
      for (int i = 0; i < sizes.length; i++) {
        blocks[i] = InferenceOps.slice(x, 1, from, from + sizes[i]);
        from += sizes[i];
      }
      return blocks;
    }
    return BlockOps.split(x, sizes(sizes), 1, sizes);
  }

  /** Joins matrices of these widths side by side. */
  SDVariable besides(int[] sizes, SDVariable... parts) {
    return BlockOps.concat(sizes(sizes), 1, sizes, parts);
  }

  /** Joins matrices of these heights one below the other. */
  SDVariable below(int[] sizes, SDVariable... parts) {
    return BlockOps.concat(sizes(sizes), 0, sizes, parts);
  }

  private SDVariable sizes(int... sizes) {
    return constant("sizes." + Arrays.toString(sizes), () -> Nd4j.createFromArray(sizes));
  }

  /** (1, N) of ones: a product with it sums columns at memory speed. */
  SDVariable onesRow(int rows) {
    return constant("ones.row." + rows, () -> Nd4j.ones(type, 1, rows));
  }

  /** (n, 1) of ones: a product with it sums rows. */
  SDVariable onesColumn(int columns) {
    return constant("ones.column." + columns, () -> Nd4j.ones(type, columns, 1));
  }

  /**
   * A linear layer with its bias and adapter, if it has them.
   *
   * @param x (N, in)
   * @return (N, out)
   */
  SDVariable linear(SDVariable x, int rows, String name) {
    SDVariable y = graph.mmul(x, parameter(ModelTensors.weight(name)), false, false, false);
    if (hasTensor(ModelTensors.loraDown(name))) {
      TuningRules tuning = config.tuning();
      SDVariable narrow =
          graph.mmul(x, parameter(ModelTensors.loraDown(name)), false, false, false);
      SDVariable adapter =
          graph.mmul(
              narrow.mul(tuning.alpha() / tuning.rank()),
              parameter(ModelTensors.loraUp(name)),
              false,
              false,
              false);
      y = BlockOps.sum(y, adapter);
    }
    return hasTensor(ModelTensors.bias(name))
        ? DecoderOps.rowBias(y, parameter(ModelTensors.bias(name)), onesRow(rows))
        : y;
  }

  private boolean hasTensor(String name) {
    return layout.find(name).isPresent();
  }

  /**
   * LayerNorm or RMSNorm.
   *
   * @param x (N, d)
   */
  SDVariable norm(SDVariable x, int rows, String name) {
    if (values != null) {
      return rowNorm(x, name, null);
    }
    int width = config.width();
    NormRules rules = config.norm();
    SDVariable average = constant("average", () -> Nd4j.ones(type, width, 1).divi(width));
    SDVariable centered = x;
    if (rules.kind() == NormRules.Kind.LAYER_NORM) {
      // (d, d): x·center subtracts each row's mean. Products with small constants are several times
      // as fast as ND4J's row reductions and their derivatives.
      SDVariable center =
          constant(
              "center",
              () -> Nd4j.eye(width).castTo(type).subi(Nd4j.ones(type, width, width).divi(width)));
      centered = DecoderOps.constantProduct(x, center);
    }
    SDVariable square = DecoderOps.constantProduct(centered.mul(centered), average); // (N, 1)
    SDVariable inverse = DecoderOps.inverseRoot(square.add(rules.epsilon()));
    SDVariable normal = DecoderOps.columnScale(centered, inverse, onesColumn(width));
    SDVariable scaled =
        DecoderOps.rowGain(normal, parameter(ModelTensors.gain(name)), onesRow(rows));
    return rules.hasBias()
        ? DecoderOps.rowBias(scaled, parameter(ModelTensors.bias(name)), onesRow(rows))
        : scaled;
  }

  /**
   * A norm in Java, of a graph that only answers.
   *
   * @param picked rows that are normed, read at each run; null for all
   */
  SDVariable rowNorm(SDVariable x, String name, int[] picked) {
    float[] bias = config.norm().hasBias() ? valuesOf(ModelTensors.bias(name)) : new float[0];
    return new RowNorm(x, config.norm(), valuesOf(ModelTensors.gain(name)), bias, picked)
        .outputVariable();
  }

  private float[] valuesOf(String name) {
    TensorSpec tensor = layout.tensor(name);
    return Arrays.copyOfRange(values, (int) tensor.offset(), (int) tensor.end());
  }
}
