package io.tributary.transformer.tokens;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The name by which a job says which {@code tokenizer.json} its sites must have. */
public final class TokenizerDigest {
  private TokenizerDigest() {}

  /** {@code sha256:} and 64 lower-case hexadecimal digits of a file's content. */
  public static String of(byte[] file) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(file);
      return "sha256:" + HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java runtime has no SHA-256", e);
    }
  }
}
