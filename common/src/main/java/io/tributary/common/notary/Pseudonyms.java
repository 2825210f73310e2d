package io.tributary.common.notary;

import com.google.protobuf.ByteString;
import io.tributary.common.tls.SiteName;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The names that sites have in one run's transparency log: the log goes to every site, and none
 * should learn from it who else takes part. A site finds its own on its receipts.
 *
 * <p>A name is the first 32 hexadecimal digits of HMAC-SHA-256(key of the run, site name). The key
 * never leaves the coordinator's ledger: who has it can try all likely names.
 */
public final class Pseudonyms {
  /** Length of a run's key. */
  public static final int KEY_BYTES = 32;

  private static final int CHARACTERS = 32;
  private static final String ALGORITHM = "HmacSHA256";
  private static final Pattern GRAMMAR = Pattern.compile("[0-9a-f]{" + CHARACTERS + "}");

  private final SecretKeySpec key;

  /**
   * Keeps the key of one run.
   *
   * @throws IllegalArgumentException when it has not {@link #KEY_BYTES} bytes
   */
  public Pseudonyms(ByteString key) {
    if (key.size() != KEY_BYTES) {
      throw new IllegalArgumentException(
          "a run's pseudonym key has " + KEY_BYTES + " bytes, not " + key.size());
    }
    this.key = new SecretKeySpec(key.toByteArray(), ALGORITHM);
  }

  /** Returns a site's pseudonym in the run. */
  public String of(SiteName site) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      byte[] code = mac.doFinal(site.value().getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(code).substring(0, CHARACTERS);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java runtime has no " + ALGORITHM, e);
    }
  }

  /** Whether a text has the form of a pseudonym. */
  public static boolean isPseudonym(String text) {
    return GRAMMAR.matcher(text).matches();
  }

  static void require(String text) {
    if (!isPseudonym(text)) {
      throw new IllegalArgumentException(
          "a pseudonym has " + CHARACTERS + " lower-case hexadecimal digits");
    }
  }
}
