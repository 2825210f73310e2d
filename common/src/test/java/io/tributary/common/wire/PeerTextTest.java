package io.tributary.common.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.common.wire.v1.RefusalCode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class PeerTextTest {
  @Property
  void anyTextBecomesOneBoundedLineWithoutControls(@ForAll String text) {
    String line = PeerText.oneLine(text.repeat(3));
    assertThat(line.lines().count()).isLessThanOrEqualTo(1);
    assertThat(line.chars()).noneMatch(Character::isISOControl);
    assertThat(line.length()).isLessThanOrEqualTo(301);
  }

  @Test
  void keepsPlainTextAndNamesTheCode() {
    assertThat(PeerText.refusal(RefusalCode.REFUSAL_CODE_IDENTITY, "wer bist du, Zoë?"))
        .isEqualTo("IDENTITY: wer bist du, Zoë?");
    assertThat(PeerText.oneLine("a\r\nb\u001b[31m\u202ec")).isEqualTo("a??b?[31m?c");
  }
}
