package io.tributary.transformer.tokens;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.model.TextModelConfig;
import java.nio.file.Path;

/** Opens the tokenizer that a model asks for. */
public final class TextTokenizers {
  private TextTokenizers() {}

  /**
   * Opens a model's tokenizer.
   *
   * @param config names it, as all sites of a job must
   * @param file the {@code tokenizer.json}; not looked at if the model's tokens are bytes
   * @throws UserErrorException when the file cannot be used, or is another than the model's
   */
  public static TextTokenizer open(TextModelConfig config, Path file) {
    if (config.tokenizer().equals(TextModelConfig.BYTES)) {
      return new ByteTokenizer();
    }
    TextTokenizer tokenizer = HuggingFaceTextTokenizer.open(file);
    if (!tokenizer.digest().equals(config.tokenizer())) {
      String digest = tokenizer.digest();
      tokenizer.close();
      throw new UserErrorException(
          UserErrorException.Kind.REFUSED,
          file
              + " has "
              + digest
              + " but the model was made for "
              + config.tokenizer()
              + ": use the tokenizer.json that came with the model");
    }
    return tokenizer;
  }
}
