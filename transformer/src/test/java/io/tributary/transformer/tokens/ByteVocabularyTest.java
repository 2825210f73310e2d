package io.tributary.transformer.tokens;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Hugging Face's own tokenizer reads our bytes out of the file. */
class ByteVocabularyTest {
  @TempDir Path directory;

  private HuggingFaceTextTokenizer open() throws IOException {
    return HuggingFaceTextTokenizer.open(
        Files.write(directory.resolve("tokenizer.json"), ByteVocabulary.file()));
  }

  /** All byte values that occur in UTF-8, and every one of them where it can stand. */
  @Test
  void everyByteOfATextIsItsToken() throws IOException {
    BitSet seen = new BitSet();
    try (HuggingFaceTextTokenizer tokenizer = open();
        ByteTokenizer own = new ByteTokenizer()) {
      StringBuilder text = new StringBuilder();
      for (int point = 0; point <= Character.MAX_CODE_POINT; point += point < 0x900 ? 1 : 61) {
        if (point < Character.MIN_SURROGATE || point > Character.MAX_SURROGATE) {
          text.appendCodePoint(point);
        }
      }
      int[] ids = tokenizer.encode(text.toString());
      assertThat(ids).isEqualTo(own.encode(text.toString()));
      assertThat(tokenizer.text(ids)).isEqualTo(text.toString());
      for (int id : ids) {
        seen.set(id);
      }
    }
    // 0xC0, 0xC1 and 0xF5 to 0xFF occur in no text.
    assertThat(seen.cardinality()).isEqualTo(256 - 13);
  }

  /** The other 13 can only be looked up. */
  @Test
  void everyByteHasATokenOfItsOwn() throws IOException {
    JsonNode vocabulary =
        new ObjectMapper().readTree(ByteVocabulary.file()).path("model").path("vocab");
    Set<String> tokens = new HashSet<>();
    for (int value = 0; value < 256; value++) {
      assertThat(vocabulary.path(ByteVocabulary.token(value)).asInt(-1)).isEqualTo(value);
      tokens.add(ByteVocabulary.token(value));
    }
    assertThat(tokens).hasSize(256);
    assertThat(vocabulary).hasSize(256);
  }

  /** As in GPT-2's file: the space is Ġ, the line break Ċ, 0xAD the last of the stand-ins. */
  @Test
  void standInsAreThoseOfGpt2() {
    assertThat(ByteVocabulary.token(' ')).isEqualTo("\u0120");
    assertThat(ByteVocabulary.token('\n')).isEqualTo("\u010A");
    assertThat(ByteVocabulary.token(0)).isEqualTo("\u0100");
    assertThat(ByteVocabulary.token(0x7F)).isEqualTo("\u0121");
    assertThat(ByteVocabulary.token(0xAD)).isEqualTo("\u0143");
    assertThat(ByteVocabulary.token('a')).isEqualTo("a");
    assertThat(ByteVocabulary.token(0xE9)).isEqualTo("é");
  }

  /** An import knows the built-in tokenizer again by it: another file would be another one. */
  @Test
  void theFileIsAlwaysTheSame() throws IOException {
    assertThat(ByteVocabulary.digest())
        .isEqualTo("sha256:6ef6a24aa1d04e0a6e98bd2c4846d614273ab392beba205034fc314efd690903");
    try (HuggingFaceTextTokenizer tokenizer = open()) {
      assertThat(tokenizer.digest()).isEqualTo(ByteVocabulary.digest());
      assertThat(tokenizer.vocabularySize()).isEqualTo(ByteVocabulary.SIZE);
      assertThat(tokenizer.special().end()).isEqualTo(SpecialTokens.NONE);
    }
    assertThat(new String(ByteVocabulary.file(), StandardCharsets.UTF_8))
        .contains("\"use_regex\":false");
  }
}
