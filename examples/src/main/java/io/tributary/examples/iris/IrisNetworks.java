package io.tributary.examples.iris;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/**
 * Two layers for Fisher's irises in the three ways in which a file can describe a network to a
 * site: what a user of DL4J or SameDiff does once, before a job names the file by its digest. The
 * updater's rate is replaced by the job's.
 */
public final class IrisNetworks {
  private static final int FEATURES = 4;
  private static final int HIDDEN = 8;
  private static final int CLASSES = 3;
  private static final long SEED = 1; // the default is the time of day: each file would differ

  private IrisNetworks() {}

  /** Writes {@code iris.json}, {@code iris-graph.json} and {@code iris.sd} into a directory. */
  public static void main(String[] arguments) throws IOException {
    Path directory = Path.of(arguments[0]);
    Files.write(directory.resolve("iris.json"), multiLayerNetwork());
    Files.write(directory.resolve("iris-graph.json"), computationGraph());
    Files.write(directory.resolve("iris.sd"), sameDiff());
  }

  /** DL4J's layers in a row: tensors 0_W, 0_b, 1_W, 1_b. */
  public static byte[] multiLayerNetwork() {
    return new NeuralNetConfiguration.Builder()
        .seed(SEED)
        .updater(new Sgd())
        .list()
        .layer(hidden())
        .layer(output())
        .build()
        .toJson()
        .getBytes(StandardCharsets.UTF_8);
  }

  /** DL4J's graph: tensors hidden_W, hidden_b, species_W, species_b. */
  public static byte[] computationGraph() {
    return new NeuralNetConfiguration.Builder()
        .seed(SEED)
        .updater(new Sgd())
        .graphBuilder()
        .addInputs("flower")
        .addLayer("hidden", hidden(), "flower")
        .addLayer("species", output(), "hidden")
        .setOutputs("species")
        .build()
        .toJson()
        .getBytes(StandardCharsets.UTF_8);
  }

  private static DenseLayer hidden() {
    return new DenseLayer.Builder().nIn(FEATURES).nOut(HIDDEN).activation(Activation.TANH).build();
  }

  private static OutputLayer output() {
    return new OutputLayer.Builder(LossFunction.MCXENT)
        .nIn(HIDDEN)
        .nOut(CLASSES)
        .activation(Activation.SOFTMAX)
        .build();
  }

  /** A SameDiff graph with its training configuration: tensors w1, b1, w2, b2. */
  public static byte[] sameDiff() {
    SameDiff sd = SameDiff.create();
    SDVariable flower = sd.placeHolder("flower", DataType.FLOAT, -1, FEATURES);
    SDVariable species = sd.placeHolder("species", DataType.FLOAT, -1, CLASSES);
    SDVariable w1 = sd.var("w1", Nd4j.zeros(DataType.FLOAT, FEATURES, HIDDEN));
    SDVariable b1 = sd.var("b1", Nd4j.zeros(DataType.FLOAT, HIDDEN));
    SDVariable w2 = sd.var("w2", Nd4j.zeros(DataType.FLOAT, HIDDEN, CLASSES));
    SDVariable b2 = sd.var("b2", Nd4j.zeros(DataType.FLOAT, CLASSES));
    SDVariable logits = sd.math().tanh(flower.mmul(w1).add(b1)).mmul(w2).add(b2);
    SDVariable loss = sd.nn().logSoftmax(logits).mul(species).sum(1).neg().mean("loss");
    sd.setLossVariables(loss.name());
    sd.setTrainingConfig(
        TrainingConfig.builder()
            .updater(new Sgd())
            .dataSetFeatureMapping("flower")
            .dataSetLabelMapping("species")
            .build());
    ByteBuffer saved = sd.asFlatBuffers(false);
    byte[] bytes = new byte[saved.remaining()];
    saved.get(bytes);
    return bytes;
  }
}
