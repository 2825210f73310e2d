package io.tributary.transformer.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.model.InitialWeights;
import io.tributary.common.model.ModelConfig;
import io.tributary.common.model.RecurrentConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Dl4jArchiveTest {
  @TempDir Path directory;

  private Path export(ModelConfig config, WeightType type) throws IOException {
    Path out = directory.resolve("model.zip");
    ModelExport.plan("name", config, ModelExport.Format.DL4J, type, directory)
        .write(InitialWeights.create(config.layout(), 1), out);
    return out;
  }

  private static RecurrentConfig recurrent(RecurrentConfig.Cell cell) {
    return new RecurrentConfig(cell, 11, 3, 5, 1, 4, null);
  }

  /** Its own entries, and none with the name of a class of ours. */
  @Test
  void holdsConfigurationAndParameters() throws IOException {
    Path out = export(recurrent(RecurrentConfig.Cell.LSTM), WeightType.F32);
    List<String> names = new ArrayList<>();
    try (ZipFile zip = new ZipFile(out.toFile())) {
      zip.stream().map(ZipEntry::getName).forEach(names::add);
      byte[] json = zip.getInputStream(zip.getEntry("configuration.json")).readAllBytes();
      assertThat(new String(json, StandardCharsets.UTF_8))
          .contains("LSTM")
          .doesNotContain("io.tributary");
    }
    assertThat(names).contains("configuration.json", "coefficients.bin");
  }

  @Test
  void refusesWhatDl4jHasNoLayersForByName() {
    assertThatThrownBy(() -> export(recurrent(RecurrentConfig.Cell.GRU), WeightType.F32))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContainingAll("gru", "only lstm");
    assertThatThrownBy(() -> export(Twins.GPT2, WeightType.F32))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContainingAll("a transformer", "safetensors");
    assertThatThrownBy(() -> export(recurrent(RecurrentConfig.Cell.LSTM), WeightType.F16))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContainingAll("f16", "f32 only");
    assertThat(directory).isEmptyDirectory();
  }
}
