package io.tributary.client.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.UserErrorException;
import io.tributary.transformer.examples.LabelledTexts;
import io.tributary.transformer.examples.TextTokens;
import io.tributary.transformer.tokens.SpecialTokens;
import io.tributary.transformer.tokens.TextTokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SiteDataTest {
  private static final String DIGEST = "sha256:" + "ab".repeat(32);
  private static final int END = 99;

  @TempDir private Path directory;

  /** Each character is a token, its code less 'a'; texts end with 99. */
  private static final class Letters implements TextTokenizer {
    private final List<Integer> pieces = new ArrayList<>();

    @Override
    public int[] encode(String text) {
      pieces.add(text.length());
      return text.chars().map(letter -> letter - 'a').toArray();
    }

    @Override
    public byte[] decode(int[] ids) {
      throw new UnsupportedOperationException("nobody decodes here");
    }

    @Override
    public int vocabularySize() {
      return 100;
    }

    @Override
    public SpecialTokens special() {
      return new SpecialTokens(SpecialTokens.NONE, SpecialTokens.NONE, 98, SpecialTokens.NONE, END);
    }

    @Override
    public int[] prefix() {
      return new int[0];
    }

    @Override
    public int[] suffix() {
      return new int[0];
    }

    @Override
    public String digest() {
      return DIGEST;
    }

    @Override
    public void close() {}
  }

  private void write(String file, String text) throws IOException {
    Path path = directory.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }

  private static List<Integer> ids(TextTokens tokens) {
    List<Integer> ids = new ArrayList<>();
    for (int i = 0; i < tokens.length(); i++) {
      ids.add(tokens.token(i));
    }
    return ids;
  }

  @Test
  void textsAreBytesJoinedByNewlinesAndTokensEndedByTheTokenizersEnd() throws IOException {
    write("x/1.txt", "ab");
    write("y/2.txt", "c");
    SiteData data = SiteData.of(TextDataset.read(directory), new Letters(), 1L << 30);
    assertThat(ids(data.by("bytes").orElseThrow().tokens())).containsExactly(97, 98, 10, 99);
    assertThat(ids(data.by(DIGEST).orElseThrow().tokens())).containsExactly(0, 1, END, 2, END);
    assertThat(data.by("sha256:" + "cd".repeat(32))).isEmpty();
    assertThat(data.tokenizer()).isEqualTo(DIGEST);
  }

  @Test
  void foldersAreLabelsOfTheSameTextsInEitherForm() throws IOException {
    write("x/1.txt", "ab");
    write("y/deep/2.txt", "c");
    write("z/3.txt", "d");
    write("loose.txt", "e");
    SiteData data = SiteData.of(TextDataset.read(directory), new Letters(), 1L << 30);
    for (String form : List.of("bytes", DIGEST)) {
      TokenizedTexts texts = data.by(form).orElseThrow();
      assertThat(texts.labelsBeside(List.of("y", "x"))).containsOnlyKeys("z");
      assertThat(texts.textsWithoutLabel()).isEqualTo(1);
      LabelledTexts labelled = texts.labelled(List.of("y", "x"));
      assertThat(labelled.count()).isEqualTo(2);
    }
  }

  @Test
  void aLongTextIsEncodedInPiecesCutAfterWords() throws IOException {
    StringBuilder text = new StringBuilder();
    while (text.length() < 2_500_000) {
      text.append("some words ");
    }
    write("1.txt", text.toString());
    Letters tokenizer = new Letters();
    SiteData data = SiteData.of(TextDataset.read(directory), tokenizer, 1L << 30);
    assertThat(data.by(DIGEST).orElseThrow().tokens().length()).isEqualTo(text.length() + 1);
    assertThat(tokenizer.pieces).hasSizeGreaterThan(2).allMatch(length -> length <= 1 << 20);
    int at = 0;
    for (int length : tokenizer.pieces.subList(0, tokenizer.pieces.size() - 1)) {
      at += length;
      assertThat(text.charAt(at - 1)).isEqualTo(' ');
    }
  }

  @Test
  void aPieceNeverEndsWithinACharacterOfTwoHalves() throws IOException {
    String text = "a" + "😀".repeat(600_000);
    write("1.txt", text);
    TextTokenizer strict =
        new TextTokenizer() {
          private final Letters letters = new Letters();

          @Override
          public int[] encode(String piece) {
            assertThat(StandardCharsets.UTF_8.newEncoder().canEncode(piece)).isTrue();
            return new int[piece.length()];
          }

          @Override
          public byte[] decode(int[] ids) {
            return letters.decode(ids);
          }

          @Override
          public int vocabularySize() {
            return letters.vocabularySize();
          }

          @Override
          public SpecialTokens special() {
            return letters.special();
          }

          @Override
          public int[] prefix() {
            return letters.prefix();
          }

          @Override
          public int[] suffix() {
            return letters.suffix();
          }

          @Override
          public String digest() {
            return letters.digest();
          }

          @Override
          public void close() {}
        };
    SiteData data = SiteData.of(TextDataset.read(directory), strict, 1L << 30);
    assertThat(data.by(DIGEST).orElseThrow().tokens().length()).isEqualTo(text.length() + 1);
  }

  @Test
  void moreTokensThanAQuarterOfTheHeapAreRefused() throws IOException {
    write("1.txt", "a".repeat(1000));
    TextDataset texts = TextDataset.read(directory);
    assertThatThrownBy(() -> new TextEncoder(new Letters(), 8_000).encode(texts))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("more than the 500 tokens")
        .hasMessageContaining("raise -Xmx");
  }

  @Test
  void aMissingTokenizerIsFoundWhenTheSiteStarts() throws IOException {
    write("1.txt", "hello");
    assertThatThrownBy(
            () ->
                SiteData.read(DataSource.of(directory.toString()), directory.resolve("none.json")))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("none.json");
  }
}
