package io.tributary.transformer.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tributary.common.model.ModelDirectory;
import io.tributary.common.model.TransformerConfig;
import io.tributary.transformer.TinyModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * NumPy, which knows nothing of us, reads an exported file with a reader of its own, finds every
 * tensor to be what it makes of our flat vector by its own account, and the same bytes as ours.
 */
@Timeout(120)
class NumpyTest {
  private static final Path SCRIPT =
      Path.of("src", "test", "resources", "export", "read_safetensors.py");

  private static String python;

  @TempDir Path directory;

  @BeforeAll
  static void findPython() throws IOException, InterruptedException {
    List<String> places = new ArrayList<>(List.of("python3", "python"));
    places.addAll(List.of("/usr/bin/python3", "/usr/local/bin/python3"));
    for (String place : places) {
      Optional<String> answer = run(List.of(place, "-c", "import numpy; print(numpy.__version__)"));
      if (answer.isPresent()) {
        python = place;
        return;
      }
    }
    assumeTrue(false, "no Python with NumPy among " + places);
  }

  @ParameterizedTest
  @CsvSource({
    "llama, F32, false",
    "llama, F16, false",
    "llama, F32, true",
    "gpt2, F32, false",
    "gpt2, F16, true",
    "bert, F32, false",
    "bert, F16, false"
  })
  void findsEveryTensorWhereItBelongs(String family, WeightType type, boolean ownHead)
      throws IOException, InterruptedException {
    TransformerConfig config = Twins.all().get(family + (ownHead ? ", own head" : ""));
    float[] weights = TinyModel.weights(config, 5);
    Path out = directory.resolve("out");
    ModelExport.plan("name", config, ModelExport.Format.SAFETENSORS, type, directory)
        .write(weights, out);
    Path vector = directory.resolve("vector");
    ModelDirectory.write(vector, weights);
    ObjectMapper json = new ObjectMapper();
    String layout =
        json.writeValueAsString(
            config.layout().tensors().stream()
                .map(tensor -> List.of(tensor.name(), tensor.offset(), tensor.shape()))
                .toList());
    Path file = out.resolve("model.safetensors");
    Optional<String> answer =
        run(List.of(python, SCRIPT.toString(), family, file.toString(), vector.toString(), layout));
    assertThat(answer).as("what NumPy says").isPresent();
    JsonNode digests = json.readTree(answer.get());
    List<ExportTensor> tensors = HuggingFaceDirectory.tensors(Twin.of(config), config, weights);
    assertThat(digests).hasSize(tensors.size());
    for (ExportTensor tensor : tensors) {
      assertThat(digests.path(tensor.name()).asText()).isEqualTo(digest(tensor, type));
    }
  }

  private static String digest(ExportTensor tensor, WeightType type) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    new TensorOutput(bytes).write(tensor, type);
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes.toByteArray()));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What a command prints, if it ends well. */
  private static Optional<String> run(List<String> command)
      throws IOException, InterruptedException {
    Path log = Files.createTempFile("python", ".log");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectOutput(log.toFile())
              .redirectErrorStream(true)
              .start();
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("%s ends", command).isTrue();
      String said = Files.readString(log, StandardCharsets.UTF_8);
      if (process.exitValue() != 0 && command.contains(SCRIPT.toString())) {
        throw new AssertionError(said);
      }
      return process.exitValue() == 0 ? Optional.of(said) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty(); // no such command
    } finally {
      Files.deleteIfExists(log);
    }
  }
}
