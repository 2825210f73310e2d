package io.tributary.client.data;

import io.tributary.common.model.TextModelConfig;
import io.tributary.transformer.examples.TextTokens;
import io.tributary.transformer.examples.TokenMarks;
import io.tributary.transformer.tokens.HuggingFaceTextTokenizer;
import io.tributary.transformer.tokens.TextTokenizer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a site can train on: its texts as bytes, and as the tokens of the one tokenizer that lies on
 * its own disk, if it has one. Immutable: made when the site starts, so that a broken file is found
 * before a coordinator counts on the site, and made anew when the files have changed.
 */
public final class SiteData {
  private final TokenizedTexts bytes;
  private final String tokenizer;
  private final TokenizedTexts tokenized;

  private SiteData(TokenizedTexts bytes, String tokenizer, TokenizedTexts tokenized) {
    this.bytes = bytes;
    this.tokenizer = tokenizer;
    this.tokenized = tokenized;
  }

  /**
   * Reads a site's data.
   *
   * @param tokenizer a {@code tokenizer.json}, or null for bytes alone
   * @throws io.tributary.common.config.UserErrorException if either cannot be used
   */
  public static SiteData read(DataSource data, Path tokenizer) {
    return read(data, tokenizer, DataLimits.standard());
  }

  static SiteData read(DataSource data, Path tokenizer, DataLimits limits) {
    return of(DataReader.read(data, limits).sound(), tokenizer, limits);
  }

  /**
   * Texts as bytes, and as the tokens of a {@code tokenizer.json} unless it is null.
   *
   * @throws io.tributary.common.config.UserErrorException if the tokenizer cannot be used, or there
   *     are more tokens than {@code limits} have room for
   */
  public static SiteData of(TextDataset texts, Path tokenizer, DataLimits limits) {
    if (tokenizer == null) {
      return of(texts);
    }
    try (TextTokenizer opened = HuggingFaceTextTokenizer.open(tokenizer)) {
      return of(texts, opened, limits.heapBytes());
    }
  }

  /** Texts as bytes alone. */
  public static SiteData of(TextDataset texts) {
    return new SiteData(asBytes(texts), TextModelConfig.BYTES, null);
  }

  /** One text as bytes alone; never copied and never to be changed. */
  public static SiteData ofText(byte[] utf8) {
    TextTokens tokens = TextTokens.ofBytes(utf8);
    TextDataset.Text whole = new TextDataset.Text(null, 0, utf8.length);
    return new SiteData(
        new TokenizedTexts(tokens, TokenMarks.BYTES, List.of(whole)), TextModelConfig.BYTES, null);
  }

  /** Texts as bytes and as a tokenizer's tokens; the tokenizer is not used after that. */
  static SiteData of(TextDataset texts, TextTokenizer tokenizer, long heapBytes) {
    TokenizedTexts tokenized = new TextEncoder(tokenizer, heapBytes).encode(texts);
    return new SiteData(asBytes(texts), tokenizer.digest(), tokenized);
  }

  private static TokenizedTexts asBytes(TextDataset texts) {
    return new TokenizedTexts(TextTokens.ofBytes(texts.bytes()), TokenMarks.BYTES, texts.texts());
  }

  /** The texts by the tokenizer of a job, if this site has it. */
  public Optional<TokenizedTexts> by(String wanted) {
    if (wanted.equals(TextModelConfig.BYTES)) {
      return Optional.of(bytes);
    }
    return wanted.equals(tokenizer) ? Optional.ofNullable(tokenized) : Optional.empty();
  }

  /** The digest of this site's own tokenizer, or {@link TextModelConfig#BYTES} if it has none. */
  public String tokenizer() {
    return tokenizer;
  }
}
