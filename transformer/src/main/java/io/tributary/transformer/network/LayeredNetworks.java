package io.tributary.transformer.network;

import java.util.Map;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/** DL4J's two kinds of network: everything but the learning rate is as their configuration says. */
final class LayeredNetworks {
  private LayeredNetworks() {}

  /** Layers one after the other. */
  static final class Sequence implements Network {
    private final MultiLayerNetwork network;

    Sequence(MultiLayerConfiguration configuration) {
      network = new MultiLayerNetwork(configuration);
      network.init();
    }

    @Override
    public Map<String, INDArray> parameters() {
      return network.paramTable();
    }

    @Override
    public void learningRate(double rate) {
      network.setLearningRate(rate);
    }

    @Override
    public double step(MultiDataSet batch) {
      network.fit(single(batch));
      return network.score();
    }

    @Override
    public double loss(MultiDataSet batch) {
      return network.score(single(batch), false);
    }

    private static DataSet single(MultiDataSet batch) {
      if (batch.numFeatureArrays() != 1 || batch.numLabelsArrays() != 1) {
        throw new IllegalArgumentException(
            "the data has "
                + batch.numFeatureArrays()
                + " inputs and "
                + batch.numLabelsArrays()
                + " outputs but layers one after the other have one of each");
      }
      return new DataSet(
          batch.getFeatures(0),
          batch.getLabels(0),
          batch.getFeaturesMaskArray(0),
          batch.getLabelsMaskArray(0));
    }

    @Override
    public void close() {
      network.close();
    }
  }

  /** Any directed graph of layers. */
  static final class Graph implements Network {
    private final ComputationGraph network;

    Graph(ComputationGraphConfiguration configuration) {
      network = new ComputationGraph(configuration);
      network.init();
    }

    @Override
    public Map<String, INDArray> parameters() {
      return network.paramTable();
    }

    @Override
    public void learningRate(double rate) {
      network.setLearningRate(rate);
    }

    @Override
    public double step(MultiDataSet batch) {
      network.fit(batch);
      return network.score();
    }

    @Override
    public double loss(MultiDataSet batch) {
      return network.score(batch, false);
    }

    @Override
    public void close() {
      network.close();
    }
  }
}
