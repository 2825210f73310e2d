package io.tributary.transformer.network;

import io.tributary.common.random.CounterRandom;
import io.tributary.common.tensor.Initializer;
import io.tributary.common.tensor.Layout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** The same two layers in each way that a file can describe them, and data for them. */
final class SmallNetworks {
  static final int FEATURES = 3;
  static final int HIDDEN = 4;
  static final int CLASSES = 2;
  static final int ROWS = 60;

  private SmallNetworks() {}

  /** Names of the four tensors. */
  static String[] names(NetworkKind kind) {
    return switch (kind) {
      case MULTI_LAYER_NETWORK -> new String[] {"0_W", "0_b", "1_W", "1_b"};
      case COMPUTATION_GRAPH -> new String[] {"hidden_W", "hidden_b", "out_W", "out_b"};
      case SAMEDIFF -> new String[] {"w1", "b1", "w2", "b2"};
    };
  }

  /** Their layout; the first matrix may be frozen. */
  static Layout layout(NetworkKind kind, boolean frozen) {
    String[] names = names(kind);
    Initializer zeros = new Initializer.Zeros();
    Layout.Builder builder = Layout.builder();
    if (frozen) {
      builder.addFrozen(names[0], zeros, FEATURES, HIDDEN);
    } else {
      builder.add(names[0], zeros, FEATURES, HIDDEN);
    }
    boolean rows = kind == NetworkKind.SAMEDIFF; // DL4J's biases have one dimension
    return builder
        .add(names[1], zeros, rows ? new Integer[] {1, HIDDEN} : new Integer[] {HIDDEN})
        .add(names[2], zeros, HIDDEN, CLASSES)
        .add(names[3], zeros, rows ? new Integer[] {1, CLASSES} : new Integer[] {CLASSES})
        .build();
  }

  static byte[] program(NetworkKind kind, IUpdater updater, double dropOut) {
    return switch (kind) {
      case MULTI_LAYER_NETWORK ->
          bytes(
              new NeuralNetConfiguration.Builder()
                  .updater(updater)
                  .list()
                  .layer(hidden(dropOut))
                  .layer(output())
                  .build()
                  .toJson());
      case COMPUTATION_GRAPH ->
          bytes(
              new NeuralNetConfiguration.Builder()
                  .updater(updater)
                  .graphBuilder()
                  .addInputs("in")
                  .addLayer("hidden", hidden(dropOut), "in")
                  .addLayer("out", output(), "hidden")
                  .setOutputs("out")
                  .build()
                  .toJson());
      case SAMEDIFF -> graph(updater);
    };
  }

  private static byte[] bytes(String json) {
    return json.getBytes(StandardCharsets.UTF_8);
  }

  private static DenseLayer hidden(double dropOut) {
    DenseLayer.Builder layer =
        new DenseLayer.Builder().nIn(FEATURES).nOut(HIDDEN).activation(Activation.TANH);
    return dropOut > 0 ? layer.dropOut(dropOut).build() : layer.build();
  }

  private static OutputLayer output() {
    return new OutputLayer.Builder(LossFunction.MCXENT)
        .nIn(HIDDEN)
        .nOut(CLASSES)
        .activation(Activation.SOFTMAX)
        .build();
  }

  private static byte[] graph(IUpdater updater) {
    SameDiff sd = SameDiff.create();
    SDVariable x = sd.placeHolder("x", DataType.FLOAT, -1, FEATURES);
    SDVariable y = sd.placeHolder("y", DataType.FLOAT, -1, CLASSES);
    SDVariable w1 = sd.var("w1", Nd4j.zeros(DataType.FLOAT, FEATURES, HIDDEN));
    SDVariable b1 = sd.var("b1", Nd4j.zeros(DataType.FLOAT, 1, HIDDEN));
    SDVariable w2 = sd.var("w2", Nd4j.zeros(DataType.FLOAT, HIDDEN, CLASSES));
    SDVariable b2 = sd.var("b2", Nd4j.zeros(DataType.FLOAT, 1, CLASSES));
    SDVariable h = sd.math().tanh(x.mmul(w1).add(b1));
    SDVariable logits = h.mmul(w2).add(b2);
    SDVariable losses = sd.nn().logSoftmax(logits).mul(y).sum(1).neg();
    SDVariable loss = losses.mean("loss");
    sd.setLossVariables(loss.name());
    sd.setTrainingConfig(
        TrainingConfig.builder()
            .updater(updater)
            .dataSetFeatureMapping("x")
            .dataSetLabelMapping("y")
            .build());
    ByteBuffer buffer = sd.asFlatBuffers(false);
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }

  /** Numbers around one of two centres. */
  static float[][] features() {
    CounterRandom random = new CounterRandom(3, "features");
    float[][] rows = new float[ROWS][FEATURES];
    for (int i = 0; i < ROWS; i++) {
      for (int j = 0; j < FEATURES; j++) {
        rows[i][j] = (float) (random.nextGaussian() + (i % CLASSES == 0 ? 1 : -1));
      }
    }
    return rows;
  }

  static float[][] answers() {
    float[][] rows = new float[ROWS][CLASSES];
    for (int i = 0; i < ROWS; i++) {
      rows[i][i % CLASSES] = 1;
    }
    return rows;
  }

  static NumericExamples examples() {
    return new NumericExamples(features(), answers());
  }

  static float[] start() {
    CounterRandom random = new CounterRandom(5, "start");
    float[] flat = new float[FEATURES * HIDDEN + HIDDEN + HIDDEN * CLASSES + CLASSES];
    for (int i = 0; i < flat.length; i++) {
      flat[i] = (float) (0.5 * random.nextGaussian());
    }
    return flat;
  }
}
