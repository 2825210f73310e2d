package io.tributary.coordinator.store;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** HKDF with SHA-256 (RFC 5869): many independent keys from one secret. */
final class Hkdf {
  private static final String ALGORITHM = "HmacSHA256";
  private static final int HASH_BYTES = 32;
  private static final int MAX_BLOCKS = 255;

  private Hkdf() {}

  /**
   * Extracts and expands.
   *
   * @param salt may be empty
   * @param info what the key is for: different texts give independent keys
   */
  static byte[] derive(byte[] secret, byte[] salt, byte[] info, int length) {
    if (length < 1 || length > MAX_BLOCKS * HASH_BYTES) {
      throw new IllegalArgumentException(
          "HKDF gives 1 to " + MAX_BLOCKS * HASH_BYTES + " bytes, not " + length);
    }
    byte[] pseudorandom = hmac(salt.length == 0 ? new byte[HASH_BYTES] : salt, secret);
    byte[] output = new byte[length];
    byte[] block = new byte[0];
    for (int done = 0, counter = 1; done < length; counter++) {
      block = hmac(pseudorandom, block, info, new byte[] {(byte) counter});
      int take = Math.min(block.length, length - done);
      System.arraycopy(block, 0, output, done, take);
      done += take;
    }
    Arrays.fill(pseudorandom, (byte) 0);
    return output;
  }

  private static byte[] hmac(byte[] key, byte[]... parts) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(key, ALGORITHM));
      for (byte[] part : parts) {
        mac.update(part);
      }
      return mac.doFinal();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java runtime has no " + ALGORITHM, e);
    }
  }
}
