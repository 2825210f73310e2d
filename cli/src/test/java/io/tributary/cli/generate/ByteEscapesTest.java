package io.tributary.cli.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ByteEscapesTest {
  @Test
  void escapesStandForBytes() {
    assertThat(ByteEscapes.bytes("a\\n\\r\\t\\\\n\\x00\\xfFé"))
        .containsExactly('a', '\n', '\r', '\t', '\\', 'n', 0, 0xFF, 0xC3, 0xA9);
    assertThat(ByteEscapes.bytes("plain")).isEqualTo("plain".getBytes(StandardCharsets.UTF_8));
    assertThat(ByteEscapes.bytes("")).isEmpty();
  }

  @Test
  void unknownEscapesAreNamed() {
    for (String wrong : new String[] {"ab\\q", "ab\\", "ab\\x1", "ab\\xg1"}) {
      assertThatThrownBy(() -> ByteEscapes.bytes(wrong))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(wrong)
          .hasMessageContaining("unknown escape at character 3");
    }
  }
}
