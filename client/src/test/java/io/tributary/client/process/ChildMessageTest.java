package io.tributary.client.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.random.CounterRandom;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChildMessageTest {
  private static final List<String> GOOD =
      List.of(
          "{\"hello\":{\"version\":1,\"software\":\"numpy\"}}",
          "{\"planned\":{\"examples\":120,\"steps\":40,\"held-out\":30}}",
          "{\"progress\":{\"done\":3,\"total\":40}}",
          "{\"trained\":{\"examples\":120,\"metrics\":{\"training-loss\":0.25}}}",
          "{\"evaluated\":{\"loss-total\":12.5,\"examples\":30}}",
          "{\"refused\":{\"reason\":\"no such column\"}}",
          "{\"cancelled\":{}}");

  private static ChildMessage read(String line) throws BrokenProtocolException {
    return ChildMessage.read(line.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void readsEveryMessage() throws BrokenProtocolException {
    assertThat(read(GOOD.get(0)).hello()).isEqualTo(new ChildMessage.Hello(1, "numpy"));
    assertThat(read(GOOD.get(1)).planned()).isEqualTo(new ChildMessage.Planned(120L, 40L, 30L));
    assertThat(read(GOOD.get(2)).progress()).isEqualTo(new ChildMessage.Progress(3L, 40L));
    assertThat(read(GOOD.get(3)).trained())
        .isEqualTo(new ChildMessage.Trained(120L, Map.of("training-loss", 0.25)));
    assertThat(read(GOOD.get(4)).evaluated()).isEqualTo(new ChildMessage.Evaluated(12.5, 30L));
    assertThat(read(GOOD.get(5)).refused()).isEqualTo(new ChildMessage.Refused("no such column"));
    assertThat(read(GOOD.get(6)).cancelled()).isNotNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{}",
        "[]",
        "null",
        "3",
        "{\"cancelled\":{}} {}",
        "{\"cancelled\":{},\"cancelled\":{}}",
        "{\"hello\":{}}",
        "{\"hello\":{\"version\":0}}",
        "{\"hello\":{\"version\":\"1\"}}",
        "{\"planned\":{\"examples\":0,\"steps\":1,\"held-out\":1}}",
        "{\"planned\":{\"examples\":1.5,\"steps\":1,\"held-out\":1}}",
        "{\"planned\":{\"examples\":9007199254740993,\"steps\":1,\"held-out\":1}}",
        "{\"planned\":{\"examples\":1,\"steps\":1}}",
        "{\"progress\":{\"done\":-1,\"total\":3}}",
        "{\"progress\":{\"done\":4,\"total\":3}}",
        "{\"trained\":{\"examples\":1,\"metrics\":{\"a\":null}}}",
        "{\"trained\":{\"examples\":1,\"metrics\":{\"a\":\"x\"}}}",
        "{\"trained\":{\"examples\":1,\"delta\":[]}}",
        "{\"evaluated\":{\"loss-total\":NaN,\"examples\":1}}",
        "{\"evaluated\":{\"loss-total\":1e999,\"examples\":1}}",
        "{\"refused\":{\"reason\":\" \"}}",
      })
  void refusesWhatIsNoMessage(String line) {
    assertThatThrownBy(() -> read(line)).isInstanceOf(BrokenProtocolException.class);
  }

  @Test
  void aReasonCannotSteerATerminalAndIsBounded() throws BrokenProtocolException {
    assertThat(read("{\"refused\":{\"reason\":\"a\\u001b[2Jb\\nc\\u202e\"}}").refused().reason())
        .isEqualTo("a?[2Jb?c?");
    assertThatThrownBy(() -> read("{\"refused\":{\"reason\":\"" + "x".repeat(301) + "\"}}"))
        .isInstanceOf(BrokenProtocolException.class)
        .hasMessageContaining("301");
  }

  /** Whatever bytes come, there is a message or a broken protocol, and nothing else. */
  @Test
  void endsInAMessageOrARefusalForAnyMutation() {
    CounterRandom random = new CounterRandom(11, "child messages");
    int read = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] line = GOOD.get(random.nextInt(GOOD.size())).getBytes(StandardCharsets.UTF_8);
      for (int change = random.nextInt(3); change >= 0; change--) {
        line[random.nextInt(line.length)] = (byte) random.nextInt(256);
      }
      try {
        assertThat(ChildMessage.read(line)).isNotNull();
        read++;
      } catch (BrokenProtocolException e) {
        assertThat(e).hasMessageNotContaining("Exception");
      }
    }
    assertThat(read).as("some mutations are harmless").isPositive();
  }
}
