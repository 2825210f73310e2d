package io.tributary.transformer.recurrent;

import java.util.Collection;
import java.util.Map;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.samediff.SDLayerParams;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffLayer;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What DL4J must know of a gated recurrent unit, since DL4J 1.0.0-M2.1 has none: its parameters,
 * and who computes it, {@link GruCells}.
 *
 * <p>DL4J's extension for layers of one's own is a SameDiff graph. Only its bookkeeping of
 * parameters is used here: a graph of 80 steps is thousands of small ops (its first run took 16 s),
 * its gradient came out twice as large as it is (what {@code ExternalErrorsFunction} registers it
 * returns too, and both are added), and ND4J's {@code gru_bp} op gives wrong derivatives, of a
 * single step even.
 */
final class GruLayer extends SameDiffLayer {
  /** (in, 3 · w). */
  static final String INPUT = "W";

  /** (w, 3 · w). */
  static final String RECURRENT = "RW";

  /** (3 · w). */
  static final String BIAS = "b";

  private static final long serialVersionUID = 1L;
  private static final long PARTS = 3;

  private final int in;
  private final int width;

  /** A layer of states of w values. */
  GruLayer(int in, int width) {
    this.in = in;
    this.width = width;
  }

  @Override
  public Layer instantiate(
      NeuralNetConfiguration configuration,
      Collection<TrainingListener> listeners,
      int index,
      INDArray parameters,
      boolean initialize,
      DataType type) {
    GruCells layer = new GruCells(configuration, type, in, width);
    layer.setIndex(index);
    layer.setParamsViewArray(parameters);
    layer.setParamTable(initializer().init(configuration, parameters, initialize));
    layer.setConf(configuration);
    return layer;
  }

  @Override
  public SDVariable defineLayer(
      SameDiff graph, SDVariable input, Map<String, SDVariable> parameters, SDVariable mask) {
    throw new IllegalStateException("the layer is computed without a graph");
  }

  @Override
  public void defineParameters(SDLayerParams parameters) {
    parameters.addWeightParam(INPUT, in, PARTS * width);
    parameters.addWeightParam(RECURRENT, width, PARTS * width);
    parameters.addBiasParam(BIAS, PARTS * width);
  }

  /** As DL4J's own layers lay their matrices out. */
  @Override
  public char paramReshapeOrder(String parameter) {
    return 'f';
  }

  @Override
  public void initializeParameters(Map<String, INDArray> parameters) {
    throw new IllegalStateException("parameters come from outside");
  }

  @Override
  public InputType getOutputType(int layerIndex, InputType inputType) {
    return InputType.recurrent(width);
  }
}
