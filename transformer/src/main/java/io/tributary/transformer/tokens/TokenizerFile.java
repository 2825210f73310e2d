package io.tributary.transformer.tokens;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tributary.common.config.BoundedFile;
import io.tributary.common.config.UserErrorException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/**
 * A Hugging Face {@code tokenizer.json} that has been read, bounded and checked.
 *
 * <p>The native tokenizer ends the whole process on many files that are not quite right (a missing
 * key, a table of the wrong length), so it only ever sees what {@link TokenizerRules} and {@link
 * VocabularyRules} let through, written anew from the tree that they checked. Truncation and
 * padding that the file asks for are taken out: windows are cut here ({@link TokenWindows}).
 *
 * @param json what the native tokenizer gets
 * @param vocabularySize highest id + 1
 * @param special ids of special tokens, found by their usual names
 * @param added texts of added tokens by id
 * @param digest {@code sha256:} and the digest of the file as it is
 */
record TokenizerFile(
    String json,
    int vocabularySize,
    SpecialTokens special,
    Map<Integer, String> added,
    String digest) {
  /** Most bytes of a file; that of Llama 3, with 128 thousand tokens, has 17 MB. */
  static final int MAX_BYTES = 32 << 20;

  private static final int MAX_NESTING = 12;
  private static final int MAX_TEXT = 4096;

  private static final Set<String> KEYS =
      Set.of(
          "version",
          "truncation",
          "padding",
          "added_tokens",
          "normalizer",
          "pre_tokenizer",
          "post_processor",
          "decoder",
          "model");

  private static final ObjectMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  // Most names are tokens: to intern them all would only fill a table.
                  .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxDocumentLength(MAX_BYTES)
                          .maxNestingDepth(MAX_NESTING)
                          .maxStringLength(MAX_TEXT)
                          .maxNameLength(MAX_TEXT)
                          .maxNumberLength(24)
                          .build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /**
   * Reads and checks a file.
   *
   * @throws UserErrorException naming the file and the first thing that is wrong or not supported
   */
  static TokenizerFile read(Path file) {
    try {
      return of(BoundedFile.read(file, MAX_BYTES));
    } catch (JsonProcessingException e) {
      throw failed(file, "is not valid JSON (" + e.getOriginalMessage() + ")", e);
    } catch (IOException e) {
      throw failed(file, "cannot be read (" + e.getMessage() + ")", e);
    } catch (IllegalArgumentException e) {
      throw failed(file, e.getMessage(), e);
    }
  }

  /**
   * Checks the content of a file.
   *
   * @throws IllegalArgumentException naming what is wrong
   */
  static TokenizerFile of(byte[] bytes) throws IOException {
    JsonNode root = JSON.readTree(bytes);
    if (!(root instanceof ObjectNode tokenizer)) {
      throw new IllegalArgumentException("it is not a JSON object");
    }
    for (String key : (Iterable<String>) tokenizer::fieldNames) {
      if (!KEYS.contains(key)) {
        throw new IllegalArgumentException("it has the unknown key " + TokenizerRules.shown(key));
      }
    }
    VocabularyRules vocabulary = VocabularyRules.check(tokenizer);
    new TokenizerRules(vocabulary).check(tokenizer);
    tokenizer.putNull("truncation");
    tokenizer.putNull("padding");
    return new TokenizerFile(
        JSON.writeValueAsString(tokenizer),
        vocabulary.size(),
        vocabulary.special(),
        vocabulary.addedTexts(),
        TokenizerDigest.of(bytes));
  }

  static UserErrorException failed(Path file, String what, Throwable cause) {
    return new UserErrorException(
        UserErrorException.Kind.FAILED, file + ": the tokenizer cannot be used: " + what, cause);
  }
}
