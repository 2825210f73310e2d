package io.tributary.transformer.recurrent;

import java.util.Map;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.samediff.SDLayerParams;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffLayer;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.layers.recurrent.GRU;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A gated recurrent unit as a DL4J layer, since DL4J 1.0.0-M2.1 has none: ND4J's {@code gru} op and
 * its gradient, inside a SameDiff layer.
 *
 * <p>Cho et al., "Learning phrase representations using RNN encoder-decoder", 2014, equations 5 to
 * 8, with biases. At each step, for input x and state h:
 *
 * <pre>
 *   r = σ(x·Wr + h·Ur + br)            reset
 *   u = σ(x·Wu + h·Uu + bu)            update
 *   c = tanh(x·Wc + (r ⊙ h)·Uc + bc)   candidate
 *   h' = u ⊙ h + (1 − u) ⊙ c
 * </pre>
 */
final class GruLayer extends SameDiffLayer {
  private static final long serialVersionUID = 1L;
  private static final long PARTS = 3;
  private static final String INPUT = "W";
  private static final String RECURRENT = "RW";
  private static final String BIAS = "b";

  private final int in;
  private final int width;
  private final int sequences;

  /** A layer for batches of exactly B sequences: the first states are a part of its graph. */
  GruLayer(int in, int width, int sequences) {
    this.in = in;
    this.width = width;
    this.sequences = sequences;
  }

  @Override
  public SDVariable defineLayer(
      SameDiff graph, SDVariable input, Map<String, SDVariable> parameters, SDVariable mask) {
    SDVariable steps = graph.permute(input, 2, 0, 1); // (B, in, T) to (T, B, in)
    SDVariable first = graph.constant(Nd4j.zeros(DataType.FLOAT, sequences, width));
    SDVariable states =
        new GRU(
                graph,
                steps,
                first,
                parameters.get(INPUT),
                parameters.get(RECURRENT),
                parameters.get(BIAS))
            .outputVariable();
    return graph.permute(states, 1, 2, 0); // (T, B, w) to (B, w, T)
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
