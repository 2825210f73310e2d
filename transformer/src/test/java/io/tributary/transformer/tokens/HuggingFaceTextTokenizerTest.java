package io.tributary.transformer.tokens;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.random.CounterRandom;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HuggingFaceTextTokenizerTest {
  @TempDir Path directory;

  private Path miniLm() throws IOException {
    Path file = directory.resolve("tokenizer.json");
    try (InputStream in =
        HuggingFaceTextTokenizerTest.class.getResourceAsStream(
            "/all-minilm-l6-v2-tokenizer.json")) {
      Files.copy(in, file);
    }
    return file;
  }

  @Test
  void encodesAsMiniLmDoes() throws IOException {
    try (TextTokenizer tokenizer = HuggingFaceTextTokenizer.open(miniLm())) {
      // By hand from its vocabulary: hello 7592, world 2088, ! 999; ##ing 2075 after tokeni.
      assertThat(tokenizer.encode("Hello, world!")).containsExactly(7592, 1010, 2088, 999);
      assertThat(tokenizer.encode("")).isEmpty();
      assertThat(tokenizer.text(new int[] {101, 7592, 2088, 102})).isEqualTo("hello world");
      assertThat(tokenizer.vocabularySize()).isEqualTo(30522);
      assertThat(tokenizer.prefix()).containsExactly(101);
      assertThat(tokenizer.suffix()).containsExactly(102);
      assertThat(tokenizer.special()).isEqualTo(new SpecialTokens(0, 100, 103, 101, 102));
    }
  }

  @Test
  void digestIsTheFilesSha256() throws Exception {
    Path file = miniLm();
    byte[] sha256 =
        java.security.MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
    try (TextTokenizer tokenizer = HuggingFaceTextTokenizer.open(file)) {
      assertThat(tokenizer.digest())
          .isEqualTo("sha256:" + java.util.HexFormat.of().formatHex(sha256));
    }
  }

  @Test
  void theFilesOwnTruncationAndPaddingAreNotUsed() throws IOException {
    try (TextTokenizer tokenizer = TokenizerFiles.wordPiece()) { // its file cuts at 3, pads to 9
      assertThat(tokenizer.encode("a b c abc x"))
          .containsExactly(4, 5, 6, 4, 7, 8, tokenizer.special().unknown());
    }
  }

  @Test
  void bytePairsMergeAsWritten() throws IOException {
    try (TextTokenizer tokenizer = TokenizerFiles.open(TokenizerFiles.BYTE_PAIRS)) {
      // q is written c; "a b" and "ab c" come before "Ġ a" in the list of merges.
      assertThat(tokenizer.encode("abq abc aa<|endoftext|>")).containsExactly(5, 3, 5, 6, 0, 7);
      assertThat(tokenizer.text(new int[] {5, 6, 1, 7})).isEqualTo("abc ab");
      assertThat(tokenizer.prefix()).isEmpty();
      assertThat(tokenizer.suffix()).isEmpty();
      assertThat(tokenizer.special().end()).isEqualTo(7);
      assertThat(tokenizer.special().pad()).isEqualTo(SpecialTokens.NONE);
      assertThat(tokenizer.vocabularySize()).isEqualTo(8);
    }
  }

  @Test
  void sentencePieceFallsBackToBytes() throws IOException {
    try (TextTokenizer tokenizer = TokenizerFiles.open(TokenizerFiles.SENTENCE_PIECE)) {
      assertThat(tokenizer.encode("a bé")).containsExactly(8, 5, 7, 3, 4);
      assertThat(tokenizer.text(new int[] {1, 8, 5, 7, 3, 4, 2})).isEqualTo("a bé");
      assertThat(tokenizer.prefix()).containsExactly(1);
      assertThat(tokenizer.special().begin()).isEqualTo(1);
      assertThat(tokenizer.special().end()).isEqualTo(2);
    }
  }

  @Test
  void textsThatAreNoUnicodeDoNoHarm() throws IOException {
    try (TextTokenizer tokenizer = TokenizerFiles.wordPiece()) {
      assertThat(tokenizer.encode("a \uD83D b \uDE00\u0000 a")).contains(4, 5);
    }
  }

  @Test
  void anyTextAndAnyIdsAreTaken() throws IOException {
    for (String json :
        new String[] {
          TokenizerFiles.WORD_PIECE, TokenizerFiles.BYTE_PAIRS, TokenizerFiles.SENTENCE_PIECE
        }) {
      try (TextTokenizer tokenizer = TokenizerFiles.open(json)) {
        for (int seed = 0; seed < 500; seed++) {
          CounterRandom random = new CounterRandom(seed, "text");
          StringBuilder text = new StringBuilder();
          int[] ids = new int[random.nextInt(30)];
          for (int i = 0; i < ids.length; i++) {
            ids[i] = random.nextInt(tokenizer.vocabularySize());
            int range = random.nextInt(3) == 0 ? 0x10000 : 0x80;
            text.append((char) random.nextInt(range));
          }
          tokenizer.decode(ids);
          for (int id : tokenizer.encode(text.toString())) {
            assertThat(id).isBetween(0, tokenizer.vocabularySize() - 1);
          }
        }
      }
    }
  }

  @Test
  void aFileWithoutAModelTypeIsWhatItsKeysSay() throws IOException {
    String wordPiece = TokenizerFiles.WORD_PIECE.replace("\"type\":\"WordPiece\",\"unk", "\"unk");
    String bytePairs = TokenizerFiles.BYTE_PAIRS.replace("\"type\":\"BPE\",", "");
    try (TextTokenizer tokenizer = TokenizerFiles.open(wordPiece)) {
      assertThat(tokenizer.encode("abc")).containsExactly(4, 7, 8);
    }
    try (TextTokenizer tokenizer = TokenizerFiles.open(bytePairs)) {
      assertThat(tokenizer.encode("abc")).containsExactly(5);
    }
  }

  @Test
  void opensTheTokenizerThatAModelNamesAndNoOther() throws IOException {
    TransformerConfig bytes = new TransformerConfig(256, 4, 1, 2, 8, 5);
    Path file = Files.writeString(directory.resolve("t.json"), TokenizerFiles.WORD_PIECE);
    try (TextTokenizer tokenizer = TextTokenizers.open(bytes, file)) {
      assertThat(tokenizer.digest()).isEqualTo("bytes");
    }
    String digest = TokenizerDigest.of(Files.readAllBytes(file));
    try (TextTokenizer tokenizer =
        TextTokenizers.open(bytes.edit().tokenizer(digest).build(), file)) {
      assertThat(tokenizer.vocabularySize()).isEqualTo(9);
    }
    String another = TokenizerDigest.of(new byte[0]);
    assertThatThrownBy(() -> TextTokenizers.open(bytes.edit().tokenizer(another).build(), file))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContainingAll("t.json", digest, another, "came with the model");
  }

  @Test
  void refusesIdsBeyondTheVocabulary() throws IOException {
    try (TextTokenizer tokenizer = TokenizerFiles.wordPiece()) {
      assertThatThrownBy(() -> tokenizer.decode(new int[] {9}))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("token 9", "0 to 8");
      assertThatThrownBy(() -> tokenizer.decode(new int[] {-1}))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void refusesATextTooLong() throws IOException {
    try (TextTokenizer tokenizer = TokenizerFiles.wordPiece()) {
      String text = "a".repeat(HuggingFaceTextTokenizer.MAX_TEXT + 1);
      assertThatThrownBy(() -> tokenizer.encode(text))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("4194305", "4194304", "cut it");
    }
  }

  @Test
  void leavesNoNativeLibraryBehindAndFetchesNothing() throws IOException {
    TokenizerFiles.wordPiece().close();
    assertThat(System.getProperty("ai.djl.offline")).isEqualTo("true");
    assertThat(System.getProperty("OPT_OUT_TRACKING")).isEqualTo("true");
    Path unpacked = Path.of(System.getProperty("ENGINE_CACHE_DIR"));
    assertThat(unpacked.getFileName().toString()).startsWith("tributary-tokenizers");
    if (!System.getProperty("os.name").startsWith("Windows")) {
      assertThat(unpacked).doesNotExist();
    }
  }

  @Test
  void namesTheFileThatCannotBeUsed() throws IOException {
    Path file = Files.writeString(directory.resolve("broken.json"), "{");
    assertThatThrownBy(() -> HuggingFaceTextTokenizer.open(file))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContainingAll("broken.json", "not valid JSON");
    assertThatThrownBy(() -> HuggingFaceTextTokenizer.open(directory.resolve("none.json")))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("none.json");
  }
}
