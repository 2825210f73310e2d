package io.tributary.transformer.export;

import io.tributary.common.config.BoundedFile;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.model.TextModelConfig;
import io.tributary.transformer.tokens.ByteTokenizer;
import io.tributary.transformer.tokens.ByteVocabulary;
import io.tributary.transformer.tokens.SpecialTokens;
import io.tributary.transformer.tokens.TokenizerFacts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The tokenizer that goes out with a model: the file that the model names by its digest, or for a
 * model of bytes a file that says the same.
 */
final class TokenizerChoice {
  /** Name of the file. */
  static final String FILE = "tokenizer.json";

  private final byte[] file;
  private final TokenizerFacts facts;
  private final boolean builtIn;

  private TokenizerChoice(Path named, byte[] file, boolean builtIn) {
    this.file = file;
    this.facts = TokenizerFacts.of(named, file);
    this.builtIn = builtIn;
  }

  /**
   * Finds a model's tokenizer.
   *
   * @param file where it should be; not looked at if the model's tokens are bytes
   * @throws UserErrorException when it is not there, or is another than the model's
   */
  static TokenizerChoice of(TextModelConfig config, Path file) {
    if (config.tokenizer().equals(TextModelConfig.BYTES)) {
      if (config.vocabularySize() != ByteVocabulary.SIZE) {
        throw new UserErrorException(
            UserErrorException.Kind.USAGE,
            "model.vocabulary-size is "
                + config.vocabularySize()
                + " but model.tokenizer is bytes: other programs need exactly "
                + ByteVocabulary.SIZE
                + " tokens for bytes");
      }
      return new TokenizerChoice(Path.of(FILE), ByteVocabulary.file(), true);
    }
    if (!Files.exists(file)) {
      throw new UserErrorException(
          UserErrorException.Kind.USAGE,
          file
              + " does not exist: name the tokenizer.json with digest "
              + config.tokenizer()
              + " by --tokenizer");
    }
    TokenizerChoice choice = new TokenizerChoice(file, read(file), false);
    if (!choice.facts.digest().equals(config.tokenizer())) {
      throw new UserErrorException(
          UserErrorException.Kind.REFUSED,
          file
              + " has "
              + choice.facts.digest()
              + " but the model was made for "
              + config.tokenizer()
              + ": use the tokenizer.json that came with the model");
    }
    return choice;
  }

  private static byte[] read(Path file) {
    try {
      return BoundedFile.read(file, TokenizerFacts.MAX_BYTES);
    } catch (IOException e) {
      throw new UserErrorException(
          UserErrorException.Kind.FAILED,
          file + " cannot be read (" + e.getMessage() + "): name another by --tokenizer",
          e);
    }
  }

  /** The {@code tokenizer.json}; not a copy. */
  byte[] file() {
    return file;
  }

  /** Whether the model's tokens are bytes. */
  boolean builtIn() {
    return builtIn;
  }

  /** Id of the token that ends a text, if there is one. */
  Optional<Integer> end() {
    return id(builtIn ? ByteTokenizer.END : facts.special().end());
  }

  /** Id of the token that begins a text, if there is one. */
  Optional<Integer> begin() {
    return id(facts.special().begin());
  }

  /** Id of the token that fills up, if there is one. */
  Optional<Integer> pad() {
    return id(facts.special().pad());
  }

  private static Optional<Integer> id(int id) {
    return id == SpecialTokens.NONE ? Optional.empty() : Optional.of(id);
  }

  /**
   * The {@code tokenizer_config.json}.
   *
   * @param parts whether begin and end are called as in BERT, {@code [CLS]} and {@code [SEP]}
   */
  Map<String, Object> configuration(int contextLength, boolean parts) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("tokenizer_class", "PreTrainedTokenizerFast");
    json.put("model_max_length", contextLength);
    json.put("clean_up_tokenization_spaces", false);
    SpecialTokens special = facts.special();
    put(json, "pad_token", special.pad());
    put(json, "unk_token", special.unknown());
    put(json, "mask_token", special.mask());
    put(json, parts ? "cls_token" : "bos_token", special.begin());
    put(json, parts ? "sep_token" : "eos_token", special.end());
    return json;
  }

  private void put(Map<String, Object> json, String key, int id) {
    if (id != SpecialTokens.NONE) {
      json.put(key, facts.added().get(id));
    }
  }
}
