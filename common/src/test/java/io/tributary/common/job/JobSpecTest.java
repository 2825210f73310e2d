package io.tributary.common.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.ConfigReader;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.model.TransformerConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JobSpecTest {
  private static final String GOOD =
      """
      name: shakespeare
      seed: 7
      rounds: 6
      model:
        preset: shakespeare-tiny
      local:
        learning-rate: 0.003
        final-learning-rate: 0.0003
        batch-size: 4
        epochs: 1
      round:
        cohort: 9
        quorum: 6
      """;

  @TempDir Path directory;

  private JobSpec read(String yaml) throws IOException {
    Path file = directory.resolve("job.yaml");
    Files.writeString(file, yaml);
    return JobSpec.read(file);
  }

  @Test
  void readsAJobAndFillsDefaults() throws IOException {
    JobSpec job = read(GOOD);
    assertThat(((TransformerConfig) job.model().config()).width()).isEqualTo(96);
    assertThat(job.update().maxAbs()).isEqualTo(8.0);
    assertThat(job.update().maxWeight()).isEqualTo(1L << 20);
    assertThat(job.local().gradientClippingNorm()).isEqualTo(1.0);
    assertThat(job.fixedPoint().scaleBits()).isEqualTo(35);
  }

  @Test
  void canonicalJsonReadsBackToAnEqualJobAndEqualBytes() throws IOException {
    JobSpec job = read(GOOD);
    JobSpec back = JobSpec.fromJson(job.toJson());
    assertThat(back).isEqualTo(job);
    assertThat(back.toJson()).isEqualTo(job.toJson());
  }

  @Test
  void aRuleThatComparesUpdatesBoundsTheCohort() {
    String median = GOOD.replace("seed: 7", "aggregation: {rule: median}");
    assertThat(median).contains("rule: median").contains("cohort: 9");
    assertThatThrownBy(() -> read(median.replace("cohort: 9", "cohort: 2049")))
        .hasMessageContaining("round.cohort is 2049 but the rule median compares");
  }

  @Test
  void theEffectiveConfigurationReadsBackToAnEqualJob() throws IOException {
    JobSpec job = read(GOOD);
    assertThat(read(ConfigReader.toYaml(job))).isEqualTo(job);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          quorum: 6               | quorum: 12               | round.quorum is 12 but round.cohort is 9
          rounds: 6               | rounds: 0                | rounds is 0 but must be 1
          learning-rate: 0.003    | learning-rate: -1        | local.learning-rate is -1.0 but must be finite and above 0
          learning-rate: 0.003    | learning-rate: .nan      | Malformed numeric value
          learning-rate: 0.003    | learning-rate: fast      | local.learning-rate must be a number
          epochs: 1               | epoch: 1                 | unknown key local.epoch: did you mean local.epochs?
          batch-size: 4           | batchSize: 4             | unknown key local.batchSize: did you mean local.batch-size?
          epochs: 1               | epochs: 1.5              | local.epochs must be a whole number
          epochs: 1               | weight-decay: 0          | state exactly one of them
          preset: shakespeare-tiny | preset: gpt-5           | model.preset is gpt-5: known presets are
          preset: shakespeare-tiny | {preset: gpt-tiny, width: 100, heads: 3} | width must be a multiple of heads
          name: shakespeare       | name: Big Job            | name is Big Job but must have
          seed: 7                 | update: {max-abs: 1e12, max-weight: 1099511627776} | leaves -22 after the point
          seed: 7                 | aggregation: {rule: krum, byzantine: 2} | round.quorum is 6 but the rule krum needs 7
          seed: 7                 | zebra: 7                 | unknown key zebra: known keys here are aggregation, data
          """)
  void refusesWithKeyValueBoundAndAdvice(String good, String bad, String message) {
    // Flow style stands in for the whole value of the model group.
    String yaml =
        bad.startsWith("{")
            ? GOOD.replace("model:\n  preset: shakespeare-tiny\n", "model: " + bad + "\n")
            : GOOD.replace(good + "\n", bad + "\n");
    assertThat(yaml).isNotEqualTo(GOOD);
    assertThatThrownBy(() -> read(yaml))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining(message)
        .hasMessageContaining("job.yaml")
        .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1));
  }

  @ParameterizedTest
  @CsvSource({
    "4096, 4096, activation has 6442450944 values",
    "1, 65536, attention layer has 17179869184 values",
    "4096, 1048576, activation has 1649267441664 values",
  })
  void aStepThatNoSiteCouldHoldIsRefused(int batchSize, int contextLength, String what) {
    String yaml =
        GOOD.replace("batch-size: 4\n", "batch-size: " + batchSize + "\n")
            .replace("model:\n", "model:\n  context-length: " + contextLength + "\n");
    assertThatThrownBy(() -> read(yaml))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("local.batch-size is " + batchSize)
        .hasMessageContaining("model.context-length is " + contextLength)
        .hasMessageContaining(what)
        .hasMessageContaining("lower local.batch-size or model.context-length");
  }

  @Test
  void aMissingRequiredGroupIsNamed() {
    assertThatThrownBy(() -> read(GOOD.substring(0, GOOD.indexOf("round:"))))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("round is missing");
  }

  @Test
  void aByteLevelModelNeedsAllByteValues() {
    assertThatThrownBy(() -> read(GOOD.replace("preset:", "vocabulary-size: 96\n  preset:")))
        .hasMessageContaining("model.vocabulary-size is 96 but a byte-level model needs at least");
  }

  @Test
  void anOfferedJobWithAnUnknownKeyIsRefused() {
    assertThatThrownBy(
            () -> JobSpec.fromJson("{\"run\":\"rm -rf\"}".getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("the offered job")
        .hasMessageContaining("unknown key run");
  }
}
