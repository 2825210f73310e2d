package io.tributary.transformer.tokens;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.tributary.common.config.BoundedFile;
import io.tributary.common.config.UserErrorException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * What a {@code tokenizer.json} says of itself, checked but not run: no native library is loaded.
 *
 * @param file its bytes; not a copy
 * @param digest {@code sha256:} and the digest of these bytes
 * @param vocabularySize highest id + 1
 * @param special ids of special tokens, found by their usual names
 * @param added texts of added tokens, special ones among them, by id
 */
public record TokenizerFacts(
    byte[] file,
    String digest,
    int vocabularySize,
    SpecialTokens special,
    Map<Integer, String> added) {
  /** Copies the texts. */
  public TokenizerFacts {
    added = Map.copyOf(added);
  }

  /**
   * Reads and checks a file.
   *
   * @throws UserErrorException naming the file and the first thing that is wrong or not supported
   */
  public static TokenizerFacts read(Path path) {
    try {
      return of(BoundedFile.read(path, TokenizerFile.MAX_BYTES));
    } catch (JsonProcessingException e) {
      throw TokenizerFile.failed(path, "is not valid JSON (" + e.getOriginalMessage() + ")", e);
    } catch (IOException e) {
      throw TokenizerFile.failed(path, "cannot be read (" + e.getMessage() + ")", e);
    } catch (IllegalArgumentException e) {
      throw TokenizerFile.failed(path, e.getMessage(), e);
    }
  }

  /**
   * Checks the content of a file.
   *
   * @throws IllegalArgumentException naming what is wrong
   */
  public static TokenizerFacts of(byte[] bytes) throws IOException {
    TokenizerFile file = TokenizerFile.of(bytes);
    return new TokenizerFacts(
        bytes, file.digest(), file.vocabularySize(), file.special(), file.added());
  }
}
