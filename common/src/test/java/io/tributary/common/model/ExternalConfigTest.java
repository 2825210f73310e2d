package io.tributary.common.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.ConfigReader;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.JobSpec;
import io.tributary.common.job.Task;
import io.tributary.common.model.ExternalConfig.Start;
import io.tributary.common.model.ExternalConfig.Tensor;
import io.tributary.common.tensor.Initializer;
import io.tributary.common.tensor.Layout;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExternalConfigTest {
  private static final String PROGRAM = "0a".repeat(32);
  private static final Tensor WEIGHTS = new Tensor("dense.weight", List.of(4, 3), null, 0.5, null);

  @Test
  void tensorsLieInTheirOrderWithTheirFirstValues() {
    Layout layout =
        new ExternalConfig(
                PROGRAM,
                List.of(
                    WEIGHTS,
                    new Tensor("dense.bias", List.of(3), null, null, null),
                    new Tensor("norm", List.of(3), Start.ONES, null, false)))
            .layout();
    assertThat(layout.parameterCount()).isEqualTo(18);
    assertThat(layout.trainableCount()).isEqualTo(15);
    assertThat(layout.tensor("dense.weight").initializer()).isEqualTo(new Initializer.Normal(0.5));
    assertThat(layout.tensor("dense.bias").initializer()).isEqualTo(new Initializer.Zeros());
    assertThat(layout.tensor("norm").initializer()).isEqualTo(new Initializer.Ones());
    assertThat(layout.tensor("norm").offset()).isEqualTo(15);
  }

  @Test
  void aJobCarriesItToTheSitesUnchanged() {
    JobSpec job = job("{name: w, shape: [2], deviation: 0.1}, {name: b, shape: [1]}");
    assertThat(job.task()).isEqualTo(Task.CUSTOM);
    JobSpec offered = JobSpec.fromJson(job.toJson());
    assertThat(offered).isEqualTo(job);
    assertThat(offered.toJson()).isEqualTo(job.toJson());
    assertThat(offered.model().config().layout().parameterCount()).isEqualTo(3);
  }

  @Test
  void aModelOnDiskSaysSo() {
    ModelDescription description =
        ModelDescription.of("run", 3, PROGRAM, new ExternalConfig(PROGRAM, List.of(WEIGHTS)));
    byte[] json = ConfigReader.toCanonicalJson(description);
    assertThat(ConfigReader.readJson(json, ModelDescription.class, "test")).isEqualTo(description);
    assertThatThrownBy(description::textConfig)
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("external network");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"preset: gpt-tiny", "width: 8", "tokenizer: bytes", "head: {kind: causal-lm}"})
  void refusesAPartOfTheFamilyBesideIt(String part) {
    assertThatThrownBy(() -> job("{name: w, shape: [2]}", part))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining(
            "model." + part.substring(0, part.indexOf(':')) + " is stated but model.external");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{shape: [2]}                                    | has name null",
        "{name: '../w', shape: [2]}                      | has name ../w",
        "{name: w}                                       | has shape null: give 1 to 8 sizes",
        "{name: w, shape: [1,1,1,1,1,1,1,1,1]}           | give 1 to 8 sizes",
        "{name: w, shape: [0]}                           | every dimension must be at least 1",
        "{name: w, shape: [null]}                        | a size that is missing",
        "{name: w, shape: [100000, 100000]}              | at most 2147483647 values",
        "{name: w, shape: [2], deviation: -1}            | must be positive",
        "{name: w, shape: [2], initial: normal}          | state the deviation",
        "{name: w, shape: [2], initial: ones, deviation: 1} | and only there",
        "{name: w, shape: [2], trainable: false}         | training must be able to change one",
        "{name: w, shape: [2]}, {name: w, shape: [3]}    | names must be unique",
        "{name: w, shape: [2], value: 3}                 | value",
      })
  void refusesTensorsThatMakeNoModel(String tensors, String message) {
    assertThatThrownBy(() -> job(tensors))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining(message);
  }

  @Test
  void refusesADigestThatIsNone() {
    assertThatThrownBy(() -> new ExternalConfig("train.py", List.of(WEIGHTS)))
        .hasMessageContaining("model.external.program is train.py");
  }

  @Test
  void refusesMoreTensorsThanItsBound() {
    List<Tensor> many = Collections.nCopies(ExternalConfig.MAX_TENSORS + 1, WEIGHTS);
    assertThatThrownBy(() -> new ExternalConfig(PROGRAM, many))
        .hasMessageContaining("has 4097 tensors: list 1 to 4096");
  }

  @Test
  void startsOnlyFromTheSameProgram() {
    ExternalConfig one = new ExternalConfig(PROGRAM, List.of(WEIGHTS));
    ExternalConfig other = new ExternalConfig("0b".repeat(32), List.of(WEIGHTS));
    StartingWeights.requireSameMeaning(one, one);
    assertThatThrownBy(() -> StartingWeights.requireSameMeaning(one, other))
        .hasMessageContaining("model.external.program is " + PROGRAM);
    assertThatThrownBy(
            () -> StartingWeights.requireSameMeaning(one, ModelPresets.config("gpt-tiny")))
        .hasMessageContaining("model.kind");
  }

  private static JobSpec job(String tensors) {
    return job(tensors, null);
  }

  private static JobSpec job(String tensors, String beside) {
    String yaml =
        """
        name: other
        rounds: 2
        model: {%s external: {program: %s, tensors: [%s]}}
        local: {learning-rate: 0.1, batch-size: 4, epochs: 1}
        round: {cohort: 2}
        """
            .formatted(beside == null ? "" : beside + ",", PROGRAM, tensors);
    return ConfigReader.readYamlText(
        yaml.getBytes(StandardCharsets.UTF_8), JobSpec.class, "the test's job");
  }
}
