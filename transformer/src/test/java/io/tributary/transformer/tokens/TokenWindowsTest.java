package io.tributary.transformer.tokens;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class TokenWindowsTest {
  private static final int END = ByteTokenizer.END;

  private static List<TokenWindow> pack(int length, String... texts) {
    return new TokenWindows(new ByteTokenizer(), length).pack(List.of(texts));
  }

  @Test
  void padsAShortTextAndMasksThePadding() {
    TokenWindow window = new TokenWindows(new ByteTokenizer(), 4).single("ab");
    assertThat(window.ids()).containsExactly('a', 'b', 0, 0);
    assertThat(window.attentionMask()).containsExactly(true, true, false, false);
  }

  @Test
  void cutsALongTextBetweenItsSpecialTokens() throws Exception {
    try (TextTokenizer tokenizer = TokenizerFiles.wordPiece()) {
      TokenWindow cut = new TokenWindows(tokenizer, 4).single("a b c a b c");
      assertThat(cut.ids()).containsExactly(TokenizerFiles.CLS, 4, 5, TokenizerFiles.SEP);
      assertThat(cut.present()).isEqualTo(4);
      TokenWindow padded = new TokenWindows(tokenizer, 6).single("c");
      assertThat(padded.ids()).containsExactly(TokenizerFiles.CLS, 6, TokenizerFiles.SEP, 0, 0, 0);
      assertThat(padded.present()).isEqualTo(3);
      assertThatThrownBy(() -> new TokenWindows(tokenizer, 2))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("context length is 2", "at least 3");
    }
  }

  @Test
  void packsShortTextsTogetherWithTheEndTokenBetween() {
    List<TokenWindow> windows = pack(8, "ab", "cd", "", "efg", "h");
    assertThat(windows).hasSize(2);
    assertThat(windows.get(0).ids()).containsExactly('a', 'b', END, 'c', 'd', END, 0, 0);
    assertThat(windows.get(0).present()).isEqualTo(6);
    assertThat(windows.get(1).ids()).containsExactly('e', 'f', 'g', END, 'h', END, 0, 0);
  }

  @Test
  void aLongTextFillsWholeWindowsAndItsRestIsPacked() {
    List<TokenWindow> windows = pack(4, "x", "abcdef", "y");
    assertThat(windows).hasSize(4);
    assertThat(windows.get(0).ids()).containsExactly('x', END, 0, 0);
    assertThat(windows.get(1).ids()).containsExactly('a', 'b', 'c', 'd');
    assertThat(windows.get(2).ids()).containsExactly('e', 'f', END, 0);
    assertThat(windows.get(3).ids()).containsExactly('y', END, 0, 0);
  }

  @Property
  void packingLosesAndInventsNothing(
      @ForAll @Size(max = 12) List<@net.jqwik.api.constraints.AlphaChars String> texts,
      @ForAll @IntRange(min = 1, max = 20) int length) {
    List<Integer> expected = new ArrayList<>();
    for (String text : texts) {
      for (int id : new ByteTokenizer().encode(text)) {
        expected.add(id);
      }
      if (!text.isEmpty()) {
        expected.add(END);
      }
    }
    List<Integer> packed = new ArrayList<>();
    for (TokenWindow window : pack(length, texts.toArray(String[]::new))) {
      assertThat(window.length()).isEqualTo(length);
      assertThat(window.present()).isPositive();
      for (int i = 0; i < window.present(); i++) {
        packed.add(window.id(i));
      }
    }
    assertThat(packed).isEqualTo(expected);
  }
}
