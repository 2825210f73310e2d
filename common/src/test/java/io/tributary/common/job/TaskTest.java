package io.tributary.common.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TaskTest {
  private static final String JOB =
      """
      name: job
      rounds: 2
      model: {preset: %s}
      local: {learning-rate: 0.01, steps: 2}
      round: {cohort: 2}
      %s
      """;
  private static final String CLASSIFIER =
      "gpt-tiny, stack: encoder, head: {kind: classification, classes: 2}";

  @TempDir Path directory;

  private JobSpec read(String model, String rest) throws IOException {
    Path file = directory.resolve("job.yaml");
    Files.writeString(file, JOB.formatted(model, rest));
    return JobSpec.read(file);
  }

  @ParameterizedTest
  @CsvSource({
    "gpt-tiny, language-model",
    "llama-tiny, language-model",
    "moe-tiny, language-model",
    "char-lstm, language-model",
    "bert-minilm, masked-language-model",
    "t5-tiny, infilling",
  })
  void theModelDecidesTheTaskAndStatingItChangesNothing(String preset, String task)
      throws IOException {
    JobSpec job = read(preset, "");
    assertThat(job.task()).hasToString(task);
    assertThat(read(preset, "task: " + task).toJson()).isEqualTo(job.toJson());
    assertThat(JobSpec.fromJson(job.toJson())).isEqualTo(job);
  }

  @Test
  void aTaskThatTheModelCannotLearnIsRefusedNamingBoth() {
    assertThatThrownBy(() -> read("gpt-tiny", "task: infilling"))
        .hasMessageContaining("task is infilling")
        .hasMessageContaining("stack decoder and head causal-lm learns language-model");
    assertThatThrownBy(() -> read("bert-minilm", "task: language-model"))
        .hasMessageContaining("task is language-model")
        .hasMessageContaining("learns masked-language-model");
    assertThatThrownBy(() -> read("gpt-tiny", "task: translation"))
        .hasMessageContaining(
            "task must be one of language-model, masked-language-model, classification, infilling");
  }

  @Test
  void theJsonOfALanguageModelIsAsItWasBeforeThereWereOtherTasks() throws IOException {
    String json = new String(read("gpt-tiny", "").toJson(), StandardCharsets.UTF_8);
    assertThat(json)
        .contains("\"data\":{\"held-out-share\":0.1},")
        .contains("\"model\":{\"preset\":\"gpt-tiny\"},")
        .contains("\"task\":\"language-model\"");
  }

  @Test
  void hiddenTokensAreAShareWithADefault() throws IOException {
    assertThat(read("bert-minilm", "").data().maskedShare()).isEqualTo(0.15);
    assertThat(read("t5-tiny", "").data().maskedShare()).isEqualTo(0.15);
    assertThat(read("t5-tiny", "data: {masked-share: 0.3}").data().maskedShare()).isEqualTo(0.3);
    assertThat(read("gpt-tiny", "").data().maskedShare()).isNull();
    assertThatThrownBy(() -> read("gpt-tiny", "data: {masked-share: 0.3}"))
        .hasMessageContaining(
            "data.masked-share is 0.3 but the task language-model does not use it");
    assertThatThrownBy(() -> read("t5-tiny", "data: {masked-share: 0.6}"))
        .hasMessageContaining("data.masked-share is 0.6 but must be 0.01 to 0.5");
    assertThatThrownBy(() -> read("t5-tiny, context-length: 7", ""))
        .hasMessageContaining("model.context-length is 7 but infilling needs at least 8");
  }

  @Test
  void classificationNamesItsClasses() throws IOException {
    JobSpec job = read(CLASSIFIER, "data: {classes: [ham, spam]}");
    assertThat(job.task()).isEqualTo(Task.CLASSIFICATION);
    assertThat(job.data().classes()).isEqualTo(List.of("ham", "spam"));
    assertThat(job.trainingMetrics()).contains(JobSpec.HELD_OUT_ACCURACY);
    assertThat(JobSpec.fromJson(job.toJson())).isEqualTo(job);
    assertThat(read("gpt-tiny", "").trainingMetrics()).isEqualTo(JobSpec.TRAINING_METRICS);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ''                                  | data.classes is missing: name the 2 classes
          data: {classes: [ham]}              | data.classes has 1 names but model.head.classes is 2
          data: {classes: [a, b, c]}          | data.classes has 3 names but model.head.classes is 2
          data: {classes: [ham, ham]}         | data.classes has ham twice
          data: {classes: [ham, ../../etc]}   | data.classes has ../../etc
          data: {classes: [ham, .git]}        | data.classes has .git
          data: {classes: [ham, ""]}          | 1 to 63 letters
          data: {classes: [ham, spam], masked-share: 0.1} | task classification does not use it
          """)
  void classesThatDoNotFitAreRefused(String data, String message) {
    assertThatThrownBy(() -> read(CLASSIFIER, data)).hasMessageContaining(message);
  }

  @Test
  void classesOfAnotherTaskAreRefused() {
    assertThatThrownBy(() -> read("t5-tiny", "data: {classes: [ham, spam]}"))
        .hasMessageContaining("task infilling does not use it");
  }
}
