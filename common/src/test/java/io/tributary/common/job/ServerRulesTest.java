package io.tributary.common.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.ConfigReader;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.ServerRules.Optimizer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServerRulesTest {
  private static ServerRules read(String yaml) {
    return ConfigReader.readYamlText(
        yaml.getBytes(StandardCharsets.UTF_8), ServerRules.class, "the rules");
  }

  @Test
  void federatedAveragingIsTheDefault() {
    assertThat(ServerRules.DEFAULT.optimizer()).isEqualTo(Optimizer.SGD);
    assertThat(ServerRules.DEFAULT.learningRate(3, 10)).isEqualTo(1);
  }

  @Test
  void defaultsAreThePapers() {
    ServerRules adam = read("optimizer: adam");
    assertThat(adam.beta1()).isEqualTo(0.9);
    assertThat(adam.beta2()).isEqualTo(0.99);
    assertThat(adam.tau()).isEqualTo(1e-3);
    assertThat(adam.learningRate()).isEqualTo(0.01); // 1 would move every weight by about 1
    assertThat(read("optimizer: momentum").learningRate()).isEqualTo(1);
    assertThat(read("optimizer: adagrad").beta1()).isZero();
    assertThat(read("optimizer: momentum").momentum()).isEqualTo(0.9);
  }

  @ParameterizedTest
  @CsvSource({
    "'{momentum: 0.9}', server.momentum is 0.9 but the optimizer sgd does not use it",
    "'{optimizer: adagrad, beta2: 0.9}', server.beta2 is 0.9 but the optimizer adagrad does not",
    "'{optimizer: adam, beta2: 1.0}', server.beta2 is 1.0 but must be from 0 to below 1",
    "'{optimizer: yogi, tau: 0.0}', server.tau is 0.0 but must be 1.0E-8 to 1.0",
    "'{optimizer: adam, tau: 1.0e-9}', server.tau is 1.0E-9 but must be 1.0E-8 to 1.0",
    "'{learning-rate: 0.0}', server.learning-rate is 0.0",
    "'{learning-rate: 101.0}', server.learning-rate is 101.0",
  })
  void whatDoesNotFitIsRefusedWithItsName(String yaml, String message) {
    assertThatThrownBy(() -> read(yaml))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"optimizer: momentum", "optimizer: adam", "learning-rate: 1.5"})
  void updatesWhoseStateOrModelCouldOverflowAreRefusedWithBothNumbers(String yaml) {
    ServerRules rules = read(yaml);
    assertThatCode(() -> rules.requireMaxAbs(1e15)).doesNotThrowAnyException();
    assertThatThrownBy(() -> rules.requireMaxAbs(1.5e15))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("update.max-abs is 1.5E15")
        .hasMessageContaining("at most 1.0E15");
    assertThatCode(() -> ServerRules.DEFAULT.requireMaxAbs(1e30)).doesNotThrowAnyException();
  }

  @Test
  void theRateMovesOverTheRounds() {
    ServerRules rules =
        read("{learning-rate: 1.0, final-learning-rate: 0.5, learning-rate-schedule: linear}");
    assertThat(rules.learningRate(1, 11)).isEqualTo(1);
    assertThat(rules.learningRate(6, 11)).isEqualTo(0.75);
    assertThat(rules.learningRate(11, 11)).isEqualTo(0.5);
  }
}
