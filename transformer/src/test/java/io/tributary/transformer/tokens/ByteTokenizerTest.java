package io.tributary.transformer.tokens;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class ByteTokenizerTest {
  private final ByteTokenizer tokenizer = new ByteTokenizer();

  @Test
  void tokensAreUtf8Bytes() {
    assertThat(tokenizer.encode("aé€")).containsExactly('a', 0xC3, 0xA9, 0xE2, 0x82, 0xAC);
    assertThat(tokenizer.text(new int[] {'a', 0xC3, 0xA9})).isEqualTo("aé");
  }

  @Property
  void everyTextComesBack(@ForAll String text) {
    String wellFormed =
        new String(
            text.getBytes(java.nio.charset.StandardCharsets.UTF_8),
            java.nio.charset.StandardCharsets.UTF_8);
    assertThat(tokenizer.text(tokenizer.encode(text))).isEqualTo(wellFormed);
  }

  @Property
  void noTextHoldsASpecialToken(@ForAll String text) {
    for (int id : tokenizer.encode(text)) {
      assertThat(id).isLessThan(ByteTokenizer.FIRST_SENTINEL);
      assertThat(tokenizer.special().contains(id)).isFalse();
    }
  }

  @Test
  void specialTokensAreNoText() {
    int[] ids = {ByteTokenizer.BEGIN, 'a', ByteTokenizer.MASK, 0xF8, 'b', ByteTokenizer.END};
    assertThat(tokenizer.text(ids)).isEqualTo("ab");
    assertThat(ByteTokenizer.SENTINELS).isEqualTo(7);
  }

  @Test
  void refusesIdsThatAreNoBytes() {
    assertThatThrownBy(() -> tokenizer.decode(new int[] {256}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("token 256");
    assertThatThrownBy(() -> tokenizer.decode(new int[] {-1}))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
