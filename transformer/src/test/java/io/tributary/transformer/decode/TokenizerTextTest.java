package io.tributary.transformer.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.transformer.tokens.HuggingFaceTextTokenizer;
import io.tributary.transformer.tokens.TextTokenizer;
import io.tributary.transformer.tokens.TokenizerFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerTextTest {
  @TempDir Path directory;

  private TextTokenizer open(String json) throws IOException {
    return HuggingFaceTextTokenizer.open(
        Files.writeString(directory.resolve("tokenizer.json"), json));
  }

  /** Joins what tokens add to a prompt. */
  private static String joined(TokenText text, int[] prompt, int... tokens) {
    TokenText.Reader reader = text.read(prompt);
    StringBuilder joined = new StringBuilder();
    for (int token : tokens) {
      joined.append(new String(reader.next(token), StandardCharsets.UTF_8)).append('|');
    }
    return joined.toString();
  }

  @Test
  void spacesThatOneTokenAloneWouldLoseAreKept() throws IOException {
    try (TextTokenizer tokenizer = open(TokenizerFiles.SENTENCE_PIECE)) {
      TokenText text = new TokenizerText(tokenizer, 9);
      int[] prompt = text.prompt("a");
      assertThat(prompt).as("<s>, then the text").containsExactly(1, 8);
      assertThat(joined(text, prompt, 8, 7, 6)).isEqualTo(" a|b|a|");
      assertThat(text.endOfText()).isEqualTo(2);
      assertThat(text.tokens()).isEqualTo(9);
      assertThat(new TokenizerText(tokenizer, 7).tokens()).isEqualTo(7);
    }
  }

  @Test
  void charactersOfSeveralTokensComeWhole() throws IOException {
    try (TextTokenizer tokenizer = open(TokenizerFiles.SENTENCE_PIECE)) {
      TokenText text = new TokenizerText(tokenizer, 9);
      int[] prompt = text.prompt("a");
      assertThat(joined(text, prompt, 6, 3, 4, 7)).isEqualTo("a||é|b|");
    }
  }

  @Test
  void manyTokensGiveTheTextOfAllOfThem() throws IOException {
    try (TextTokenizer tokenizer = open(TokenizerFiles.SENTENCE_PIECE)) {
      TokenText text = new TokenizerText(tokenizer, 9);
      int[] tokens = new int[60];
      for (int i = 0; i < tokens.length; i++) {
        tokens[i] = new int[] {8, 7, 3, 4, 6}[i % 5];
      }
      assertThat(joined(text, text.prompt("b"), tokens).replace("|", ""))
          .isEqualTo(" abéa".repeat(12));
    }
  }

  @Test
  void copiesOfAReaderGoOnByThemselves() throws IOException {
    try (TextTokenizer tokenizer = open(TokenizerFiles.SENTENCE_PIECE)) {
      TokenText.Reader reader = new TokenizerText(tokenizer, 9).read(new int[] {1, 8});
      assertThat(reader.next(3)).isEmpty();
      TokenText.Reader copy = reader.copy();
      assertThat(copy.next(4)).asString(StandardCharsets.UTF_8).isEqualTo("é");
      assertThat(reader.next(4)).asString(StandardCharsets.UTF_8).isEqualTo("é");
    }
  }

  @Test
  void wordPiecesJoinAsTheirMarksSay() throws IOException {
    try (TextTokenizer tokenizer = open(TokenizerFiles.WORD_PIECE)) {
      TokenText text = new TokenizerText(tokenizer, 9);
      int[] prompt = text.prompt("a");
      assertThat(prompt).as("[CLS], but no [SEP]").containsExactly(2, 4);
      assertThat(text.source("a")).containsExactly(2, 4, 3);
      assertThat(joined(text, prompt, 7, 5, 8)).isEqualTo("b| b|c|");
    }
  }

  @Test
  void anEmptyPromptBeginsWithASpecialToken() throws IOException {
    try (TextTokenizer tokenizer = open(TokenizerFiles.BYTE_PAIRS)) {
      assertThat(new TokenizerText(tokenizer, 8).prompt("")).containsExactly(7);
    }
    String bare =
        """
        {"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":null,
         "pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true},
         "post_processor":null,
         "decoder":{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true},
         "model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2},"merges":["a b"]}}
        """;
    try (TextTokenizer tokenizer = open(bare)) {
      TokenText text = new TokenizerText(tokenizer, 3);
      assertThat(text.endOfText()).isEqualTo(TokenText.NO_TOKEN);
      assertThatThrownBy(() -> text.prompt("")).hasMessageContaining("the prompt is empty");
    }
  }
}
