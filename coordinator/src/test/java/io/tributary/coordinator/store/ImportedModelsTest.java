package io.tributary.coordinator.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.ConfigReader;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.JobSpec;
import io.tributary.common.model.InitialWeights;
import io.tributary.common.model.ModelDescription;
import io.tributary.common.model.ModelDirectory;
import io.tributary.common.model.TextModelConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImportedModelsTest {
  @TempDir Path home;

  @Test
  void aJobStartsFromTheModelItNames() throws IOException {
    TextModelConfig config = job("").model().textConfig();
    float[] weights = InitialWeights.create(config.layout(), 99);
    String digest = imported(config, weights);
    JobSpec job = job("initial-weights: " + digest);
    ImportedModels.of(home).require(job);
    Path first = home.resolve("first");
    ImportedModels.of(home).writeFirst(job, first);
    assertThat(floats(first)).isEqualTo(weights);
  }

  @Test
  void theNewestModelOfAnotherRunIsKeptForAJobThatStartsFromIt() throws IOException {
    TextModelConfig config = job("").model().textConfig();
    float[] weights = InitialWeights.create(config.layout(), 99);
    ModelDirectory head = new RunDirectory(home.resolve("runs").resolve("first")).modelDirectory();
    Files.createDirectories(head.path());
    String digest = written(head, config, weights);
    JobSpec job = job("initial-weights: " + digest);
    ImportedModels.of(home).require(job);
    // The other run goes on: its model of then is gone.
    written(head, config, InitialWeights.create(config.layout(), 100));
    head.keepOnly(Set.of());
    Path first = home.resolve("first");
    ImportedModels.of(home).writeFirst(job, first);
    assertThat(floats(first)).isEqualTo(weights);
  }

  @Test
  void anOlderModelOfARunIsNotThere() throws IOException {
    TextModelConfig config = job("").model().textConfig();
    ModelDirectory head = new RunDirectory(home.resolve("runs").resolve("first")).modelDirectory();
    Files.createDirectories(head.path());
    String older = written(head, config, InitialWeights.create(config.layout(), 99));
    written(head, config, InitialWeights.create(config.layout(), 100));
    assertThatThrownBy(() -> ImportedModels.of(home).require(job("initial-weights: " + older)))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("nor is it the newest of a run");
  }

  @Test
  void withoutOneItStartsFromItsSeed() throws IOException {
    JobSpec job = job("");
    Path first = home.resolve("first");
    ImportedModels.of(home).writeFirst(job, first);
    assertThat(floats(first))
        .isEqualTo(InitialWeights.create(job.model().config().layout(), job.seed()));
  }

  @Test
  void anUnknownDigestIsRefusedWithWhatToDo() {
    assertThatThrownBy(
            () -> ImportedModels.of(home).require(job("initial-weights: " + "0".repeat(64))))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("no model in")
        .hasMessageContaining("tributary model import --out");
  }

  @Test
  void anotherShapeIsRefused() throws IOException {
    TextModelConfig config = job("").model().textConfig();
    String digest = imported(config, InitialWeights.create(config.layout(), 99));
    JobSpec wider = job("initial-weights: " + digest + ", feed-forward-width: 24");
    assertThatThrownBy(() -> ImportedModels.of(home).require(wider))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("layer.0.feedforward.input.weight has shape [8, 24] but [8, 16]");
  }

  @Test
  void equalShapesThatMeanSomethingElseAreRefused() throws IOException {
    TextModelConfig config = job("").model().textConfig();
    String digest = imported(config, InitialWeights.create(config.layout(), 99));
    for (String other :
        List.of(
            "feed-forward: {kind: gelu-erf}",
            "norm: {epsilon: 0.001}",
            "heads: 4",
            "tokenizer: 'sha256:" + "a".repeat(64) + "'")) {
      JobSpec job = job("initial-weights: " + digest + ", " + other);
      assertThatThrownBy(() -> ImportedModels.of(home).require(job))
          .as(other)
          .isInstanceOf(UserErrorException.class)
          .hasMessageContaining("model.initial-weights do not fit: model.")
          .hasMessageContaining("in the model it starts from");
    }
    // What fine-tuning may change.
    ImportedModels.of(home)
        .require(
            job(
                "initial-weights: "
                    + digest
                    + ", attention: {pattern: local, window: 4}, tuning: {kind: lora, rank: 2}"));
  }

  private String imported(TextModelConfig config, float[] weights) throws IOException {
    ModelDirectory model =
        new ModelDirectory(Files.createDirectories(home.resolve("imported").resolve("mine")));
    return written(model, config, weights);
  }

  private static String written(ModelDirectory model, TextModelConfig config, float[] weights)
      throws IOException {
    ModelDirectory.write(model.unsealedFile("x"), weights);
    String digest = model.seal(model.unsealedFile("x"), weights.length);
    model.describe(ModelDescription.of("imported", 0, digest, config));
    return digest;
  }

  private static JobSpec job(String more) {
    String yaml =
        "{name: j, seed: 3, rounds: 1, model: {width: 8, layers: 1, context-length: 8, "
            + (more.contains("heads") ? "" : "heads: 2, ")
            + (more.contains("feed-forward-width") ? "" : "feed-forward-width: 16, ")
            + more
            + "}, local: {learning-rate: 0.1, steps: 1}, round: {cohort: 1, quorum: 1,"
            + " deadline-millis: 60000}}";
    return ConfigReader.readYamlText(
        yaml.getBytes(StandardCharsets.UTF_8), JobSpec.class, "the job");
  }

  private static float[] floats(Path file) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    float[] values = new float[bytes.remaining() / Float.BYTES];
    bytes.asFloatBuffer().get(values);
    return values;
  }
}
