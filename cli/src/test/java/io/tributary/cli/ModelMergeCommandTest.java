package io.tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.common.model.InitialWeights;
import io.tributary.common.model.LoraMerge;
import io.tributary.common.model.ModelDirectory;
import io.tributary.common.model.NewModelDirectory;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.model.TuningRules;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ModelMergeCommandTest {
  private static final TransformerConfig PLAIN = new TransformerConfig(256, 8, 1, 2, 16, 8);
  private static final TransformerConfig ADAPTED =
      PLAIN.edit().tuning(TuningRules.lora(2, 4, "attention.input")).build();

  @TempDir Path directory;
  private final StringWriter errors = new StringWriter();

  @Test
  void theMergedModelHasNoAdaptersAndItsOwnDigest() throws IOException {
    float[] weights = InitialWeights.create(ADAPTED.layout(), 3);
    int up = (int) ADAPTED.layout().tensor("layer.0.attention.input.lora.up").offset();
    weights[up] = 0.5f;
    model("adapted", ADAPTED, weights);
    assertThat(run("adapted", "merged")).isZero();
    ModelDirectory merged = new ModelDirectory(directory.resolve("merged"));
    assertThat(merged.description().config()).isEqualTo(PLAIN);
    assertThat(merged.weights(merged.description())).isEqualTo(LoraMerge.merge(ADAPTED, weights));
  }

  @Test
  void aModelWithoutAdaptersIsRefusedAndNothingIsWritten() throws IOException {
    model("plain", PLAIN, InitialWeights.create(PLAIN.layout(), 3));
    assertThat(run("plain", "merged")).isEqualTo(2);
    assertThat(errors.toString()).contains("only lora has adapters to merge");
    assertThat(directory.resolve("merged")).doesNotExist();
  }

  @Test
  void whatIsThereIsNotOverwritten() throws IOException {
    model("adapted", ADAPTED, InitialWeights.create(ADAPTED.layout(), 3));
    assertThat(run("adapted", "adapted")).isEqualTo(3);
    assertThat(errors.toString()).contains("is not overwritten");
  }

  private int run(String from, String to) {
    CommandLine line = Main.commandLine();
    line.setErr(new PrintWriter(errors));
    line.setOut(new PrintWriter(new StringWriter()));
    return line.execute(
        "model",
        "merge",
        directory.resolve(from).toString(),
        "--out",
        directory.resolve(to).toString());
  }

  private void model(String name, TransformerConfig config, float[] weights) throws IOException {
    String digest =
        NewModelDirectory.write(directory.resolve(name), "job", 2, config, weights, Map.of());
    assertThat(digest).hasSize(64);
  }
}
