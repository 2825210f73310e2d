package io.tributary.coordinator.store;

import io.tributary.common.wire.SpoolCipher;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * AES-256 in counter mode, counting 16-byte blocks from the start of the content. The counter
 * starts at zero: a key is for one content only, see {@link RoundKeys}.
 */
final class AesCtrCipher implements SpoolCipher {
  static final int KEY_BYTES = 32;

  private static final String ALGORITHM = "AES/CTR/NoPadding";
  private static final int BLOCK_BYTES = 16;

  private final SecretKeySpec key;

  AesCtrCipher(byte[] key) {
    if (key.length != KEY_BYTES) {
      throw new IllegalArgumentException(
          "an AES-256 key has " + KEY_BYTES + " bytes, not " + key.length);
    }
    this.key = new SecretKeySpec(key, "AES");
  }

  @Override
  public void apply(long offset, ByteBuffer data) {
    byte[] counter = new byte[BLOCK_BYTES];
    ByteBuffer.wrap(counter).putLong(BLOCK_BYTES - Long.BYTES, offset / BLOCK_BYTES);
    try {
      Cipher cipher = Cipher.getInstance(ALGORITHM);
      cipher.init(Cipher.ENCRYPT_MODE, key, new IvParameterSpec(counter));
      byte[] unusedKeyStream = cipher.update(new byte[(int) (offset % BLOCK_BYTES)]);
      int done = cipher.update(data.duplicate(), data.duplicate()); // in place: documented as safe
      if (done != data.remaining()) {
        throw new IllegalStateException(
            "the cipher gave " + done + " of " + data.remaining() + " bytes");
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java runtime has no " + ALGORITHM, e);
    }
  }
}
