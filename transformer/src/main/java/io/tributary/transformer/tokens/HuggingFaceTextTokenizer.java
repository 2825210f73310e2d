package io.tributary.transformer.tokens;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import io.tributary.common.config.UserErrorException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/**
 * A Hugging Face {@code tokenizer.json}, run by the original native library through DJL. The file
 * is all that counts: nothing is fetched, and equal files give equal tokens on every machine.
 */
public final class HuggingFaceTextTokenizer implements TextTokenizer {
  /** Most characters of one text: the native library keeps about 200 bytes for each token. */
  public static final int MAX_TEXT = 4 << 20;

  /** The file cuts and pads nothing; {@link TokenWindows} does. */
  private static final Map<String, String> OPTIONS =
      Map.of("truncation", "DO_NOT_TRUNCATE", "padding", "DO_NOT_PAD");

  private final HuggingFaceTokenizer tokenizer;
  private final TokenizerFile file;
  private final int[] prefix;
  private final int[] suffix;

  private HuggingFaceTextTokenizer(HuggingFaceTokenizer tokenizer, TokenizerFile file) {
    this.tokenizer = tokenizer;
    this.file = file;
    Encoding around = tokenizer.encode("a", true, false);
    long[] special = around.getSpecialTokenMask();
    int[] ids = checked(around);
    int before = 0;
    while (before < ids.length && special[before] == 1) {
      before++;
    }
    int after = ids.length;
    while (after > before && special[after - 1] == 1) {
      after--;
    }
    this.prefix = Arrays.copyOf(ids, before);
    this.suffix = Arrays.copyOfRange(ids, after, ids.length);
  }

  /**
   * Opens a file.
   *
   * @throws UserErrorException naming the file and what is wrong or not supported
   */
  public static HuggingFaceTextTokenizer open(Path path) {
    TokenizerFile file = TokenizerFile.read(path);
    try {
      return of(file);
    } catch (IOException | RuntimeException e) {
      throw TokenizerFile.failed(path, String.valueOf(e.getMessage()), e);
    }
  }

  static HuggingFaceTextTokenizer of(TokenizerFile file) throws IOException {
    NativeTokenizers.prepare();
    byte[] json = file.json().getBytes(StandardCharsets.UTF_8);
    HuggingFaceTokenizer tokenizer =
        HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json), OPTIONS);
    NativeTokenizers.loaded();
    try {
      return new HuggingFaceTextTokenizer(tokenizer, file);
    } catch (RuntimeException e) {
      tokenizer.close();
      throw e;
    }
  }

  @Override
  public int[] encode(String text) {
    if (text.length() > MAX_TEXT) {
      throw new IllegalArgumentException(
          "a text has "
              + text.length()
              + " characters but at most "
              + MAX_TEXT
              + " are tokenized at once: cut it into lines");
    }
    return checked(tokenizer.encode(text, false, false));
  }

  /** Ids index a model's rows, so one beyond the vocabulary must not leave this class. */
  private int[] checked(Encoding encoding) {
    long[] wide = encoding.getIds();
    int[] ids = new int[wide.length];
    for (int i = 0; i < ids.length; i++) {
      if (wide[i] < 0 || wide[i] >= file.vocabularySize()) {
        throw new IllegalStateException(
            "the tokenizer gave token "
                + wide[i]
                + " but its vocabulary has "
                + file.vocabularySize());
      }
      ids[i] = (int) wide[i];
    }
    return ids;
  }

  @Override
  public byte[] decode(int[] ids) {
    long[] wide = new long[ids.length];
    for (int i = 0; i < ids.length; i++) {
      if (ids[i] < 0 || ids[i] >= file.vocabularySize()) {
        throw new IllegalArgumentException(
            "token " + ids[i] + " is not one: ids are 0 to " + (file.vocabularySize() - 1));
      }
      wide[i] = ids[i];
    }
    return tokenizer.decode(wide, true).getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public int vocabularySize() {
    return file.vocabularySize();
  }

  @Override
  public SpecialTokens special() {
    return file.special();
  }

  @Override
  public int[] prefix() {
    return prefix.clone();
  }

  @Override
  public int[] suffix() {
    return suffix.clone();
  }

  @Override
  public String digest() {
    return file.digest();
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
