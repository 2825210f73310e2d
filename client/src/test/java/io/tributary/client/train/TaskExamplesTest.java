package io.tributary.client.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.client.data.SiteData;
import io.tributary.client.data.TextDataset;
import io.tributary.common.config.ConfigReader;
import io.tributary.common.job.JobSpec;
import io.tributary.transformer.TokenBatch;
import io.tributary.transformer.examples.ExampleSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TaskExamplesTest {
  private static final String CLASSIFIER =
      "{preset: gpt-tiny, context-length: 16, stack: encoder,"
          + " head: {kind: classification, classes: 3}}";

  @TempDir private Path directory;

  private static JobSpec job(String model, String data) {
    return ConfigReader.readYamlText(
        ("{name: job, rounds: 2, model: "
                + model
                + ", data: "
                + data
                + ", local: {learning-rate: 0.01, steps: 2}, round: {cohort: 2}}")
            .getBytes(StandardCharsets.UTF_8),
        JobSpec.class,
        "the test");
  }

  private static JobSpec classification() {
    return job(CLASSIFIER, "{classes: [ham, spam, other], held-out-share: 0.25}");
  }

  private void write(String file, String text) throws IOException {
    Path path = directory.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }

  private SiteData data() {
    return SiteData.of(TextDataset.read(directory));
  }

  @Test
  void foldersAreClassesAtAnyDepthAndOneMayBeMissing() throws IOException {
    write("ham/a.txt", "hello");
    write("ham/deep/er/b.txt", "hello again");
    write("spam/c.txt", "buy this");
    write("spam/empty.txt", "");
    write("spam/d.txt", "buy that");
    ExampleSource examples = TaskExamples.of(classification(), data());
    assertThat(examples.trainingCount()).isEqualTo(3);
    assertThat(examples.heldOutTargets()).isEqualTo(1);
    int[] labels = new int[3];
    for (int i = 0; i < 4; i++) {
      TokenBatch batch = TokenBatch.of(classification().model().textConfig(), 1);
      if (i < 3) {
        examples.training(1, 0).fill(i, batch, 0);
      } else {
        examples.heldOut().fill(0, batch, 0);
      }
      labels[batch.target(0)]++;
      assertThat(batch.input(0)).isEqualTo(batch.target(0) == 0 ? 'h' : 'b');
    }
    assertThat(labels).containsExactly(2, 2, 0);
  }

  @Test
  void anUnknownFolderIsRefusedWithoutItsName() throws IOException {
    write("ham/a.txt", "hello");
    write("spam/b.txt", "buy");
    write("secret-patients/c.txt", "x");
    assertThatThrownBy(() -> TaskExamples.of(classification(), data()))
        .isInstanceOf(TaskRefusedException.class)
        .hasMessageContaining("1 labels of this site's data are not among")
        .hasMessageContaining("[ham, spam, other]")
        .hasMessageNotContaining("secret");
  }

  @Test
  void textsOutsideOfFoldersAreRefused() throws IOException {
    write("ham/a.txt", "hello");
    write("spam/b.txt", "buy");
    write("loose.txt", "x");
    assertThatThrownBy(() -> TaskExamples.of(classification(), data()))
        .isInstanceOf(TaskRefusedException.class)
        .hasMessageContaining("1 texts of this site have no label");
  }

  @Test
  void aSiteWithTextsOfOneClassTakesPart() throws IOException {
    write("ham/a.txt", "hello");
    write("ham/b.txt", "hello again");
    ExampleSource examples = TaskExamples.of(classification(), data());
    assertThat(examples.trainingCount()).isEqualTo(1);
    assertThat(examples.heldOutTargets()).isEqualTo(1);
  }

  @Test
  void aSingleTextIsRefusedWithoutItsName() throws IOException {
    write("ham/a.txt", "hello");
    assertThatThrownBy(() -> TaskExamples.of(classification(), data()))
        .isInstanceOf(TaskRefusedException.class)
        .hasMessageContaining("there are 1 labelled texts: at least 2 are needed")
        .hasMessageNotContaining("ham");
  }

  @Test
  void aSiteWithoutTheJobsTokenizerRefuses() throws IOException {
    write("a.txt", "hello there");
    String digest = "sha256:" + "0123456789abcdef".repeat(4);
    assertThatThrownBy(
            () ->
                TaskExamples.of(
                    job("{preset: gpt-tiny, tokenizer: '" + digest + "'}", "{}"), data()))
        .isInstanceOf(TaskRefusedException.class)
        .hasMessageContaining("model.tokenizer is " + digest)
        .hasMessageContaining("this site has no tokenizer of its own");
  }

  @Test
  void theSameTextServesEveryTaskOnRunningText() throws IOException {
    write("a.txt", "to be or not to be, that is the question. ".repeat(20));
    for (String preset : new String[] {"gpt-tiny", "bert-minilm", "t5-tiny", "char-lstm"}) {
      JobSpec job = job("{preset: " + preset + ", tokenizer: bytes, context-length: 16}", "{}");
      ExampleSource examples = TaskExamples.of(job, data());
      TokenBatch batch = TokenBatch.of(job.model().textConfig(), 2);
      examples.training(1, 0).fill(0, batch, 1);
      assertThat(batch.targetCount()).as(preset).isPositive();
      assertThat(batch.hasSource()).isEqualTo(preset.equals("t5-tiny"));
    }
  }

  @Test
  void aTextOfOneByteIsTooShort() throws IOException {
    write("a.txt", "x");
    assertThatThrownBy(() -> TaskExamples.of(job("{preset: gpt-tiny}", "{}"), data()))
        .isInstanceOf(TaskRefusedException.class)
        .hasMessageContaining("too short to predict anything");
  }
}
