package io.tributary.transformer.pretrained;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.model.ModelDescription;
import io.tributary.common.model.ModelDirectory;
import io.tributary.transformer.tokens.TokenizerFiles;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PretrainedModelTest {
  @TempDir Path directory;
  private PretrainedModel model;

  @BeforeEach
  void read() throws IOException {
    Path from = HuggingFaceFiles.gpt2("").write(directory.resolve("from"), HuggingFaceFiles.GPT2);
    model = PretrainedImport.read(from, ImportOptions.DEFAULTS);
  }

  private List<String> files(Path of) throws IOException {
    try (Stream<Path> files = Files.list(of)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void writesAModelThatIsReadBackAsItIs() throws IOException {
    Path to = directory.resolve("models/gpt2");
    String digest = model.write(to);
    ModelDirectory written = new ModelDirectory(to);
    ModelDescription description = written.description();
    assertThat(description.digest()).isEqualTo(digest);
    assertThat(description.run()).isEqualTo("imported from from");
    assertThat(description.round()).isZero();
    assertThat(description.config()).isEqualTo(model.config());
    assertThat(written.weights(description)).isEqualTo(model.weights());
    assertThat(Files.readString(to.resolve("tokenizer.json"))).isEqualTo(TokenizerFiles.WORD_PIECE);
    assertThat(files(to))
        .containsExactlyInAnyOrder("model.json", "tokenizer.json", digest + ".f32");
    assertThat(files(directory.resolve("models"))).containsExactly("gpt2");
  }

  @Test
  void neverOverwrites() throws IOException {
    Path to = directory.resolve("to");
    Files.createDirectory(to);
    model.write(to); // an empty directory is free
    assertThatThrownBy(() -> model.write(to)).isInstanceOf(FileAlreadyExistsException.class);
    Path file = Files.writeString(directory.resolve("file"), "mine");
    assertThatThrownBy(() -> model.write(file)).isInstanceOf(FileAlreadyExistsException.class);
    assertThat(file).hasContent("mine");
  }

  @Test
  void leavesNothingBehindWhenItFails() throws IOException {
    model.weights()[3] = Float.NaN;
    Path to = directory.resolve("models/gpt2");
    assertThatThrownBy(() -> model.write(to))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("parameter 3");
    assertThat(files(directory.resolve("models"))).isEmpty();
  }
}
