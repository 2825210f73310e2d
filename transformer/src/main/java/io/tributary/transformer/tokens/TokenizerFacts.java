package io.tributary.transformer.tokens;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.tributary.common.config.UserErrorException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * What a {@code tokenizer.json} says of itself, checked but not run: no native library is loaded.
 *
 * @param digest {@code sha256:} and the digest of the file
 * @param vocabularySize highest id + 1
 * @param special ids of special tokens, found by their usual names
 * @param added texts of added tokens, special ones among them, by id
 */
public record TokenizerFacts(
    String digest, int vocabularySize, SpecialTokens special, Map<Integer, String> added) {
  /** Most bytes of a file. */
  public static final int MAX_BYTES = TokenizerFile.MAX_BYTES;

  /** Copies the texts. */
  public TokenizerFacts {
    added = Map.copyOf(added);
  }

  /**
   * Checks the content of a file.
   *
   * @param path named where something is wrong
   * @throws UserErrorException naming the file and the first thing that is wrong or not supported
   */
  public static TokenizerFacts of(Path path, byte[] content) {
    try {
      TokenizerFile file = TokenizerFile.of(content);
      return new TokenizerFacts(file.digest(), file.vocabularySize(), file.special(), file.added());
    } catch (JsonProcessingException e) {
      throw TokenizerFile.failed(path, "is not valid JSON (" + e.getOriginalMessage() + ")", e);
    } catch (IOException | IllegalArgumentException e) {
      throw TokenizerFile.failed(path, String.valueOf(e.getMessage()), e);
    }
  }
}
