package io.tributary.transformer.tokens;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.tributary.common.random.CounterRandom;
import io.tributary.transformer.pretrained.Mutation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenizerFileTest {
  private static final List<String> FILES =
      List.of(TokenizerFiles.WORD_PIECE, TokenizerFiles.BYTE_PAIRS, TokenizerFiles.SENTENCE_PIECE);

  private static final Pattern VALUE =
      Pattern.compile(
          "\"[^\"]*\"(?=[,\\]}])|-?[0-9]+|true|false|null|\\{[^{}]*\\}|\\[[^\\[\\]]*\\]");
  private static final String[] VALUES = {
    "0", "-1", "3", "4294967295", "4294967296", "18446744073709551615", "1e400", "-1.5", "null",
    "true", "\"\"", "\"x\"", "[]", "{}", "\"\\u0000\"", "\"(a*)*b\"", "\"Precompiled\"", "1048576"
  };

  private static void refuses(String json, String... parts) {
    assertThatThrownBy(() -> TokenizerFile.of(json.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(parts);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "\"version\":\"1.0\" | \"version\":\"2.0\" | version is not",
        "\"type\":\"WordPiece\",\"unk | \"type\":\"Unigram\",\"unk | model.type is Unigram",
        "\"type\":\"BertPreTokenizer\" | \"type\":\"UnicodeScripts\" | pre_tokenizer.type is Unicode",
        "\"lowercase\":true | \"lowercase\":1 | normalizer.lowercase is not true or false",
        ",\"lowercase\":true |  | normalizer.lowercase is not true or false",
        "\"lowercase\":true | \"lowercase\":true,\"x\":1 | normalizer has the unknown key x",
        "\"##b\":7 | \"##b\":8 | gives id 8 to more than one",
        "\"##b\":7 | \"##b\":-1 | must be a whole number 0 to 1048575",
        "\"##b\":7 | \"##b\":1048576 | must be a whole number 0 to 1048575",
        "\"unk_token\":\"[UNK]\" | \"unk_token\":\"none\" | unk_token is not in model.vocab",
        "\"max_input_chars_per_word\":100 | \"max_input_chars_per_word\":9999999 | whole number 1",
        "\"ids\":[3] | \"ids\":[4] | is not a token with its id",
        "{\"SpecialToken\":{\"id\":\"[SEP]\" | {\"SpecialToken\":{\"id\":\"[NO]\" | names [NO]",
        "{\"id\":0,\"content\":\"[PAD]\" | {\"id\":0,\"content\":\"[NEW]\" | it follows as 9",
        "\"prefix\":\"##\" | \"prefix\":\"a long long long long prefix\" | not a short text",
      })
  void refusesAWordPieceFileWith(String valid, String changed, String part) {
    assertThat(TokenizerFiles.WORD_PIECE.replaceAll("\n *", "")).contains(valid);
    refuses(
        TokenizerFiles.WORD_PIECE
            .replaceAll("\n *", "")
            .replace(valid, changed == null ? "" : changed),
        part);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "\"dropout\":null | \"dropout\":0.1 | model.dropout is set",
        "\"end_of_word_suffix\":\"\" | \"end_of_word_suffix\":\"</w>\" | is not supported",
        "\"a b\" | \"a x\" | joins a and x",
        "\"a b\" | \"ab\" | not two tokens",
        "\"ab c\" | [\"ab\"] | not two tokens",
        "{\"String\":\"q\"},\"content\":\"c\" | {\"String\":\"q\"},\"content\":\"cc\" | longer than",
        "{\"String\":\"q\"} | {\"String\":\"\"} | not a short",
        "{\"String\":\"q\"} | {\"Regex\":\"(a*)*b\"} | not a short",
        "\"behavior\":\"Isolated\" | \"behavior\":\"Other\" | is none of",
        "{\"Regex\":\"'s | {\"Regex\":\"(a*)*b's | regular expression that is not known here",
        "\"type\":\"NFC\" | \"type\":\"Precompiled\" | normalizers[0].type is Precompiled",
        "\"type\":\"NFC\" | \"type\":\"Sequence\",\"normalizers\":[{\"type\":\"NFC\"}] | too deeply",
      })
  void refusesABytePairFileWith(String valid, String changed, String part) {
    assertThat(TokenizerFiles.BYTE_PAIRS).contains(valid);
    refuses(TokenizerFiles.BYTE_PAIRS.replace(valid, changed), part);
  }

  @Test
  void refusesWhatIsNoTokenizer() {
    refuses("[]", "not a JSON object");
    refuses("{}", "model is missing");
    refuses("{\"x\":1}", "unknown key x");
  }

  @Test
  void refusesDuplicateKeysAndDeepNesting() {
    String twice = TokenizerFiles.BYTE_PAIRS.replace("\"a\":0,", "\"a\":0,\"a\":0,");
    assertThatThrownBy(() -> TokenizerFile.of(twice.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(JsonProcessingException.class)
        .hasMessageContaining("Duplicate");
    String deep = "[".repeat(100_000);
    assertThatThrownBy(() -> TokenizerFile.of(deep.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(JsonProcessingException.class)
        .hasMessageContaining("nesting");
  }

  /**
   * The native library ends the process on much that is not quite right; that this test ends at all
   * is half of what it checks.
   */
  @Test
  void damagedFilesAreUsedOrRefusedWithinBoundedMemory() throws IOException {
    TokenizerFiles.wordPiece().close(); // loads the library, once
    int refused = 0;
    Set<Integer> sizesUsed = new TreeSet<>();
    int used = 0;
    for (long seed = 0; seed < 6000; seed++) {
      byte[] damaged = damaged(seed);
      long before = Mutation.allocatedBytes();
      try (TextTokenizer tokenizer = HuggingFaceTextTokenizer.of(TokenizerFile.of(damaged))) {
        int[] ids = tokenizer.encode("abc ab é <|endoftext|> [PAD] 12 aaaaaaaaaaaaaaaaaaaaaaaaac");
        assertThat(ids.length).isLessThan(300);
        tokenizer.decode(ids);
        tokenizer.decode(new int[] {0, tokenizer.vocabularySize() - 1});
        used++;
        sizesUsed.add(tokenizer.vocabularySize());
      } catch (IOException | RuntimeException e) {
        assertThat(e.getMessage()).as("seed %d", seed).isNotBlank();
        refused++;
      }
      assertThat(Mutation.allocatedBytes() - before).as("seed %d", seed).isLessThan(16L << 20);
    }
    assertThat(refused).isGreaterThan(3000);
    assertThat(used).isGreaterThan(300);
    assertThat(sizesUsed).as("one of each kind at least").hasSizeGreaterThan(2);
  }

  private static byte[] damaged(long seed) {
    CounterRandom random = new CounterRandom(seed, "tokenizer");
    String json = FILES.get(random.nextInt(FILES.size()));
    if (random.nextInt(4) == 0) {
      return Mutation.of(json.getBytes(StandardCharsets.UTF_8), seed);
    }
    for (int changes = 1 + random.nextInt(2); changes > 0; changes--) {
      List<MatchResult> values = new ArrayList<>(VALUE.matcher(json).results().toList());
      MatchResult value = values.get(random.nextInt(values.size()));
      String other =
          random.nextInt(3) == 0
              ? values.get(random.nextInt(values.size())).group()
              : VALUES[random.nextInt(VALUES.length)];
      json = json.substring(0, value.start()) + other + json.substring(value.end());
    }
    return json.getBytes(StandardCharsets.UTF_8);
  }
}
