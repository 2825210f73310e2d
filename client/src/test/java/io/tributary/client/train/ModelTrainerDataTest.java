package io.tributary.client.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.client.LogCapture;
import io.tributary.client.data.DataSource;
import io.tributary.common.config.ConfigReader;
import io.tributary.common.job.JobSpec;
import io.tributary.common.model.InitialWeights;
import io.tributary.common.tls.SiteName;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which data a task is worked with when the files change. */
final class ModelTrainerDataTest {
  private static final TaskControl UNINTERRUPTED =
      new TaskControl() {
        @Override
        public void progress(long done, long total) {}

        @Override
        public void checkNotCancelled() {}
      };

  @TempDir private Path directory;
  private ModelTrainer trainer;

  @BeforeEach
  void open() throws Exception {
    write(30, "ham");
    trainer =
        ModelTrainer.watching(
            new DataSource(
                directory.resolve("t.csv").toString(),
                null,
                List.of("body"),
                "kind",
                null,
                null,
                null,
                null),
            null);
  }

  @AfterEach
  void close() {
    trainer.close();
  }

  private void write(int rows, String lastLabel) throws Exception {
    StringBuilder text = new StringBuilder("body,kind\n");
    for (int i = 0; i < rows; i++) {
      text.append("text ").append(i).append(i < rows - 1 ? ",spam\n" : "," + lastLabel + "\n");
    }
    Files.writeString(directory.resolve("t.csv"), text);
  }

  private static JobSpec job(String classes) {
    String yaml =
        """
        name: job
        rounds: 2
        model:
          {width: 8, layers: 1, heads: 2, feed-forward-width: 16, context-length: 8,
           stack: encoder, head: {kind: classification, classes: 2}}
        local: {learning-rate: 0.01, batch-size: 4, steps: 2}
        round: {cohort: 1}
        data: {classes: %s}
        """;
    return ConfigReader.readYamlText(
        yaml.formatted(classes).getBytes(StandardCharsets.UTF_8), JobSpec.class, "the test");
  }

  private LocalUpdate train(JobSpec job) {
    float[] weights = InitialWeights.create(job.model().config().layout(), 5);
    return trainer.train(new TrainingTask(job, 1, new SiteName("north"), weights), UNINTERRUPTED);
  }

  @Test
  void aTaskIsWorkedWithTheDataItWasPlannedWith() throws Exception {
    JobSpec job = job("[ham, spam]");
    long planned = trainer.plan(job).exampleCount();
    write(60, "ham");

    assertThat(train(job).exampleCount()).isEqualTo(planned);
    long grown = trainer.plan(job).exampleCount();
    assertThat(grown).isGreaterThan(planned + 10);
    assertThat(train(job).exampleCount()).isEqualTo(grown);
  }

  @Test
  void newDataThatCannotServeTheJobLeavesTheOldInUseWithOneWarning() throws Exception {
    JobSpec job = job("[ham, spam]");
    LocalPlan planned = trainer.plan(job);
    write(60, "secret");
    try (LogCapture log = new LogCapture(ModelTrainer.class.getName())) {
      assertThat(trainer.plan(job)).isEqualTo(planned);
      assertThat(trainer.plan(job)).isEqualTo(planned);
      assertThat(log.lines())
          .singleElement()
          .asString()
          .contains("cannot serve job job, so the old stays in use")
          .contains("1 labels of this site's data are not among")
          .doesNotContain("secret");
    }
    // It serves another job, which takes it up for both.
    assertThat(trainer.plan(job("[secret, spam]")).exampleCount())
        .isGreaterThan(planned.exampleCount());
    assertThatThrownBy(() -> trainer.plan(job)).isInstanceOf(TaskRefusedException.class);
  }

  @Test
  void dataThatIsMendedServesAgain() throws Exception {
    JobSpec job = job("[ham, spam]");
    LocalPlan planned = trainer.plan(job);
    Files.writeString(directory.resolve("t.csv"), "body,kind\n\"open");
    assertThat(trainer.plan(job)).isEqualTo(planned);
    write(60, "spam");
    assertThat(trainer.plan(job).exampleCount()).isGreaterThan(planned.exampleCount());
  }
}
