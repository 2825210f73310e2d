package io.tributary.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.client.train.LocalPlan;
import io.tributary.client.train.TaskRefusedException;
import io.tributary.common.config.ConfigReader;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.JobSpec;
import io.tributary.common.job.SiteSteps;
import io.tributary.common.job.UpdateRules;
import io.tributary.common.tensor.TensorSpec;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.WireLimits;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class UpdateExplanationTest {
  private static final SiteName SITE = new SiteName("north");

  private static UpdateExplanation explain(UpdateRules rules, FakeTrainer trainer) {
    return explain(SitePolicy.DEFAULT, trainer, TestJobs.job(rules), TestJobs.LIMITS);
  }

  private static UpdateExplanation explain(
      SitePolicy policy, FakeTrainer trainer, JobSpec job, WireLimits limits) {
    return UpdateExplanation.of(SITE, policy, SiteTraining.AS_THE_JOB_SAYS, trainer, job, limits);
  }

  @Test
  void namesEveryTrainableTensorWithShapeAndBytes() {
    UpdateExplanation explanation = explain(UpdateRules.DEFAULT, new FakeTrainer());

    assertThat(explanation.tensors())
        .containsExactlyElementsOf(
            TestJobs.layout().trainableTensors().stream()
                .map(t -> new UpdateExplanation.Tensor(t.name(), t.shape(), 4L * t.size()))
                .toList());
    assertThat(explanation.updateBytes())
        .isEqualTo(4L * TestJobs.layout().trainableCount())
        .isEqualTo(explanation.tensors().stream().mapToLong(UpdateExplanation.Tensor::bytes).sum());
    assertThat(explanation.chunks()).isEqualTo(11);
  }

  @Test
  void listsTheStagesOfTheVeryPipelineInOrder() {
    UpdateRules rules = new UpdateRules(4.0, null, 0.5);
    UpdateExplanation explanation = explain(rules, new FakeTrainer());

    assertThat(explanation.transformations())
        .startsWith(TestJobs.job(rules).pipeline().describe().toArray(new String[0]))
        .anyMatch(stage -> stage.contains("at most 0.5"))
        .last()
        .asString()
        .contains("beyond 4.0");
  }

  @Test
  void boundsTheWeightAndSaysOfHowManyExamples() {
    UpdateExplanation explanation =
        explain(
            new UpdateRules(null, 100L, null),
            new FakeTrainer().planning(new LocalPlan(5_000, 5, 77)));

    assertThat(explanation.weight()).isEqualTo(100);
    assertThat(explanation.exampleCount()).isEqualTo(5_000);
    assertThat(explanation.text()).contains("weight 100, from 5,000 training examples");
  }

  @Test
  void namesMetricsAndMessageFields() {
    UpdateExplanation explanation = explain(UpdateRules.DEFAULT, new FakeTrainer());

    assertThat(explanation.metrics()).isEqualTo(JobSpec.TRAINING_METRICS);
    assertThat(explanation.messages())
        .contains(
            new UpdateExplanation.Message(
                "EvaluationReport",
                List.of(
                    "key.run_id",
                    "key.round",
                    "key.attempt",
                    "key.kind",
                    "nats_total",
                    "byte_count")));
    assertThat(explanation.text())
        .contains(
            "update.total_bytes, update.chunk_bytes, update.chunk_digests, weight, metrics",
            "refused.reason (free text)",
            "ChunkHeader: key.run_id, key.round, key.attempt, key.kind, index, the chunk's raw bytes"
                + " of the update");
  }

  @Test
  void printsAllOfItForPeopleAndForMachines() {
    UpdateExplanation explanation = explain(UpdateRules.DEFAULT, new FakeTrainer());
    String text = explanation.text();

    for (TensorSpec tensor : TestJobs.layout().tensors()) {
      assertThat(text).contains(tensor.name() + " ").contains(tensor.shape().toString());
    }
    assertThat(text).contains("10,912 bytes in 11 chunks", "What never leaves:", "the texts");
    assertThat(new String(ConfigReader.toCanonicalJson(explanation), StandardCharsets.UTF_8))
        .contains("\"update-bytes\":10912");
  }

  @Test
  void saysWhenThePolicyRefuses() {
    UpdateExplanation explanation =
        explain(new SitePolicy(null, 4L), new FakeTrainer(), TestJobs.job(), WireLimits.DEFAULT);

    assertThat(explanation.text()).contains("Nothing: this site refuses the job");
    assertThatThrownBy(
            () ->
                explain(
                    new SitePolicy(100L, null),
                    new FakeTrainer(),
                    TestJobs.job(),
                    WireLimits.DEFAULT))
        .isInstanceOf(TaskRefusedException.class)
        .hasMessageContaining("policy.max-model-bytes is 100");
  }

  @Test
  void saysWhoChoseTheNumberOfSteps() {
    JobSpec fixed = TestJobs.job();
    assertThat(explain(UpdateRules.DEFAULT, new FakeTrainer()).stepsOrigin()).isEqualTo("the job");

    JobSpec free = fixed.withLocal(SiteTrainingTest.local(new SiteSteps(2, 40)));
    UpdateExplanation chosen =
        UpdateExplanation.of(
            SITE,
            SitePolicy.DEFAULT,
            new SiteTraining(7),
            new FakeTrainer(),
            free,
            WireLimits.DEFAULT);
    assertThat(chosen.text())
        .contains("(who says how many: training.steps of this site, within 2 to 40)");
    assertThat(explain(SitePolicy.DEFAULT, new FakeTrainer(), free, WireLimits.DEFAULT).text())
        .contains("the job; training.steps of this site could say 2 to 40");
  }

  @Test
  void readsTheSitesOwnCertificateAndData(@TempDir Path directory) throws Exception {
    SiteConfig config = new TestFederation(directory).site("north", 1);
    Files.createDirectories(Path.of(config.data().path()));
    Files.writeString(
        Path.of(config.data().path()).resolve("text.txt"), "to be or not to be. ".repeat(100));

    UpdateExplanation explanation =
        UpdateExplanation.of(config, TestJobs.job(), AgentOptions.standard());

    assertThat(explanation.site()).isEqualTo("north");
    assertThat(explanation.exampleCount()).isBetween(190L, 225L);
    assertThat(explanation.stepsPerRound()).isEqualTo(5);
    assertThat(explanation.evaluationBytes()).isBetween(180L, 199L);
    assertThat(explanation.text()).doesNotContain("to be or");

    Files.writeString(Path.of(config.data().path()).resolve("text.txt"), "x");
    assertThatThrownBy(() -> UpdateExplanation.of(config, TestJobs.job(), AgentOptions.standard()))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("too short");
  }
}
