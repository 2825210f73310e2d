package io.tributary.coordinator.job;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OutcomeLogTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "\n", "\r\n", "\u001b", "\u0085", "\u009b", "\u200e", "\u202e", "\u2028", "\ufeff"
      })
  void aPeersWordsCannotSteerATerminal(String mark) {
    assertThat(OutcomeLog.oneLine("not" + mark + "tonight")).isEqualTo("not tonight");
  }
}
