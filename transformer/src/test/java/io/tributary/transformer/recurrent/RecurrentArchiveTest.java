package io.tributary.transformer.recurrent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.tributary.common.model.InitialWeights;
import io.tributary.common.model.RecurrentConfig;
import io.tributary.transformer.TokenBatch;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** DL4J reads our zip by itself, and its network answers as our engine does. */
class RecurrentArchiveTest {
  private static final RecurrentConfig CONFIG =
      new RecurrentConfig(RecurrentConfig.Cell.LSTM, 11, 3, 5, 2, 4, null);

  @TempDir Path directory;

  @Test
  void dl4jAnswersTheSame() throws IOException {
    float[] weights = InitialWeights.create(CONFIG.layout(), 7);
    Path file = directory.resolve("model.zip");
    try (OutputStream out = Files.newOutputStream(file)) {
      RecurrentArchive.write(CONFIG, weights, out);
      out.write(new byte[0]); // it stayed open
    }
    int[] tokens = {3, 10, 0, 7};
    MultiLayerNetwork network = ModelSerializer.restoreMultiLayerNetwork(file.toFile(), false);
    assertThat(network.params().toFloatVector()).isEqualTo(weights);
    TokenBatch batch = TokenBatch.of(CONFIG, 1);
    for (int i = 0; i < tokens.length; i++) {
      batch.setInput(0, i, tokens[i]);
    }
    try (RecurrentEngine engine = RecurrentEngine.open(CONFIG, 1, false)) {
      float[] logits = engine.logits(weights, batch);
      INDArray answers =
          network.output(Nd4j.createFromArray(new float[][] {{3, 10, 0, 7}})); // (1, V, T)
      for (int position = 0; position < tokens.length; position++) {
        double sum = 0;
        for (int v = 0; v < 11; v++) {
          sum += Math.exp(logits[position * 11 + v]);
        }
        for (int v = 0; v < 11; v++) {
          double expected = Math.exp(logits[position * 11 + v]) / sum;
          assertThat(answers.getDouble(0, v, position)).isCloseTo(expected, within(1e-6));
        }
      }
    } finally {
      network.close();
    }
  }
}
