package io.tributary.transformer.recurrent;

import io.tributary.common.model.RecurrentConfig;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.layers.EmbeddingSequenceLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;

/**
 * The DL4J network of a {@link RecurrentConfig}: embedding, recurrent layers, softmax. Its
 * parameter vector is the configuration's layout, value by value.
 *
 * <p>Configurations are made here and never read from anywhere: DL4J's own file formats name
 * classes and have let strangers run code.
 */
final class RecurrentNetwork {
  /** Below what a softmax in floats can tell from 0: the loss of a sure error stays finite. */
  private static final double LEAST_PROBABILITY = 1e-37;

  private RecurrentNetwork() {}

  /**
   * Builds a network.
   *
   * @param parameters (1, n), becomes the network's own
   */
  static MultiLayerNetwork build(RecurrentConfig config, INDArray parameters) {
    NeuralNetConfiguration.ListBuilder layers =
        new NeuralNetConfiguration.Builder()
            .dataType(DataType.FLOAT)
            .updater(new NoOp())
            .trainingWorkspaceMode(WorkspaceMode.ENABLED)
            .inferenceWorkspaceMode(WorkspaceMode.ENABLED)
            .list();
    layers.layer(
        new EmbeddingSequenceLayer.Builder()
            .nIn(config.vocabularySize())
            .nOut(config.embeddingWidth())
            .hasBias(false)
            .outputDataFormat(RNNFormat.NCW)
            .activation(Activation.IDENTITY)
            .build());
    int in = config.embeddingWidth();
    for (int layer = 0; layer < config.layers(); layer++) {
      layers.layer(cell(config, in));
      in = config.width();
    }
    layers.layer(
        new RnnOutputLayer.Builder(new LossMCXENT(LEAST_PROBABILITY, null))
            .nIn(in)
            .nOut(config.vocabularySize())
            .dataFormat(RNNFormat.NCW)
            .activation(Activation.SOFTMAX)
            .build());
    MultiLayerNetwork network = new MultiLayerNetwork(layers.build());
    network.init(parameters, false);
    return network;
  }

  private static Layer cell(RecurrentConfig config, int in) {
    return switch (config.cell()) {
      case LSTM ->
          new LSTM.Builder()
              .nIn(in)
              .nOut(config.width())
              .dataFormat(RNNFormat.NCW)
              .activation(Activation.TANH)
              .gateActivationFunction(Activation.SIGMOID)
              .build();
      case GRU -> new GruLayer(in, config.width());
    };
  }
}
