package io.tributary.transformer.network;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.learning.config.IUpdater;

/**
 * A SameDiff graph that was saved with its training configuration: which placeholders take the
 * data, which variable is the loss (a mean over the batch), which updater moves the variables.
 */
final class GraphNetwork implements Network {
  private final SameDiff graph;
  private final TrainingConfig training;
  private final List<String> losses;
  private final Map<String, INDArray> parameters = new LinkedHashMap<>();

  GraphNetwork(byte[] flatBuffers) {
    try {
      // Without the updater's state: that of a task starts at zero.
      graph = SameDiff.fromFlatBuffers(ByteBuffer.wrap(flatBuffers), false);
    } catch (IOException e) {
      throw new IllegalArgumentException("the graph cannot be read: " + e.getMessage(), e);
    }
    training = graph.getTrainingConfig();
    if (training == null || training.getUpdater() == null) {
      throw new IllegalArgumentException(
          "the graph has no training configuration: set one before it is saved");
    }
    losses = graph.getLossVariables();
    if (losses.isEmpty()) {
      throw new IllegalArgumentException(
          "the graph has no loss variable: name one with setLossVariables before it is saved");
    }
    for (SDVariable variable : graph.variables()) {
      if (variable.getVariableType() == VariableType.VARIABLE) {
        parameters.put(variable.name(), variable.getArr());
      }
    }
  }

  @Override
  public Map<String, INDArray> parameters() {
    return parameters;
  }

  @Override
  public void learningRate(double rate) {
    IUpdater updater = training.getUpdater();
    if (updater.hasLearningRate()) {
      updater.setLrAndSchedule(rate, null);
    }
  }

  @Override
  public double step(MultiDataSet batch) {
    // What fit itself reports of the loss is 0 in this version of ND4J, whatever the loss is.
    double before = loss(batch);
    graph.fit(batch);
    return before;
  }

  @Override
  public double loss(MultiDataSet batch) {
    Map<String, INDArray> placeholders = new HashMap<>();
    put(placeholders, training.getDataSetFeatureMapping(), batch.getFeatures());
    put(placeholders, training.getDataSetLabelMapping(), batch.getLabels());
    put(placeholders, training.getDataSetFeatureMaskMapping(), batch.getFeaturesMaskArrays());
    put(placeholders, training.getDataSetLabelMaskMapping(), batch.getLabelsMaskArrays());
    double sum = 0;
    for (INDArray loss : graph.output(placeholders, losses).values()) {
      sum += loss.sumNumber().doubleValue();
    }
    return sum;
  }

  private static void put(
      Map<String, INDArray> placeholders, List<String> names, INDArray[] arrays) {
    if (names == null || arrays == null) {
      return;
    }
    for (int i = 0; i < Math.min(names.size(), arrays.length); i++) {
      if (names.get(i) != null && arrays[i] != null) {
        placeholders.put(names.get(i), arrays[i]);
      }
    }
  }

  @Override
  public void close() {
    parameters.clear(); // the graph's arrays go with it: ND4J collects what nobody holds
  }
}
