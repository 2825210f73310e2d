package io.tributary.cli.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.ConfigReader;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.JobSpec;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JobChangesTest {
  private static final JobSpec JOB =
      ConfigReader.readYamlText(
          """
          name: first
          rounds: 2
          model: {preset: gpt-tiny}
          local: {learning-rate: 0.01, batch-size: 4, epochs: 1}
          round: {cohort: 2}
          update: {clipping-norm: 1.5}
          """
              .getBytes(StandardCharsets.UTF_8),
          JobSpec.class,
          "the test's job");

  @Test
  void withoutChangesItIsTheSameJob() {
    assertThat(JobChanges.apply(JOB, List.of(), Map.of())).isEqualTo(JOB);
  }

  @Test
  void changesWhatIsNamedAndNothingElse() {
    JobSpec changed =
        JobChanges.apply(
            JOB,
            List.of("update.clipping-norm"),
            Map.of(
                "name", "second",
                "rounds", "7",
                "local.learning-rate", "0.5",
                "model.feed-forward", "{kind: swiglu}"));
    assertThat(changed.name()).isEqualTo("second");
    assertThat(changed.rounds()).isEqualTo(7);
    assertThat(changed.local().learningRate()).isEqualTo(0.5);
    assertThat(changed.update().clippingNorm()).isNull();
    assertThat(changed.model().feedForward().kind()).hasToString("swiglu");
    assertThat(changed.round()).isEqualTo(JOB.round());
    assertThat(changed.seed()).isEqualTo(JOB.seed());
  }

  @Test
  void aGroupThatIsMissingIsMade() {
    JobSpec fresh = JobChanges.apply(JOB, List.of("update"), Map.of("update.clipping-norm", "2.0"));
    assertThat(fresh.update().clippingNorm()).isEqualTo(2.0);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "round.cohrt  | 3       | round.cohrt: did you mean round.cohort",
        "rounds       | many    | rounds must be a whole number",
        "rounds       | 0       | rounds is 0 but must be 1",
        "rounds.more  | 1       | rounds is a value, not a group of keys",
        "local..steps | 1       | name a key of the job",
        "name         | Über    | name is Über but must have",
        "local        | '{a: b' | --set local",
      })
  void refusesWhatMakesNoJob(String key, String value, String message) {
    assertThatThrownBy(() -> JobChanges.apply(JOB, List.of(), Map.of(key, value)))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining(message);
  }

  @Test
  void refusesToLeaveOutWhatIsNotThere() {
    assertThatThrownBy(() -> JobChanges.apply(JOB, List.of("server.momentum"), Map.of()))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("--unset server.momentum: the job does not state that key");
  }
}
