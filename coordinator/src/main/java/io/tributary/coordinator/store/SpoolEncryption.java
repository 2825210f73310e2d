package io.tributary.coordinator.store;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.config.UserErrorException.Kind;
import io.tributary.common.store.DurableFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Whether spooled updates are enciphered at rest, and the key that wraps each round's own key.
 *
 * <pre>
 * wrapping key (a file of the operator's, best on another disk)
 *   └─ AES-256-GCM ─► round key, random, in keys/ROUND.key until the round is published
 *        └─ HKDF(run, round, attempt, site, manifest digest) ─► upload key ─ AES-256-CTR ─► spool
 * </pre>
 *
 * <p>Nothing of it is in the ledger, whose free pages and journal remember what was deleted. Safe
 * for use by several threads.
 */
public final class SpoolEncryption {
  /** Spools hold updates as they came. */
  public static final SpoolEncryption NONE = new SpoolEncryption(null, null, null);

  /** Length of a wrapping key's file, which holds nothing else. */
  public static final int WRAPPING_KEY_BYTES = 32;

  private static final String ALGORITHM = "AES/GCM/NoPadding";
  private static final byte[] FORMAT = {'T', 'S', 'K', 1};
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BYTES = 16;
  private static final int WRAPPED_BYTES =
      FORMAT.length + NONCE_BYTES + AesCtrCipher.KEY_BYTES + TAG_BYTES;

  private final Path file; // null: not enciphered
  private final SecretKeySpec wrappingKey;
  private final SecureRandom random;

  private SpoolEncryption(Path file, SecretKeySpec wrappingKey, SecureRandom random) {
    this.file = file;
    this.wrappingKey = wrappingKey;
    this.random = random;
  }

  /**
   * Reads the wrapping key.
   *
   * @param random for the rounds' keys
   * @throws UserErrorException when the file cannot be read, others may read it, or it is no key
   */
  public static SpoolEncryption withWrappingKey(Path file, SecureRandom random) {
    try {
      requireOwnerOnly(file);
      if (Files.size(file) != WRAPPING_KEY_BYTES) {
        throw new UserErrorException(
            Kind.REFUSED,
            "wrapping key "
                + file
                + " has "
                + Files.size(file)
                + " bytes but must have "
                + WRAPPING_KEY_BYTES
                + ": give the file that was made for this coordinator");
      }
      byte[] key = Files.readAllBytes(file);
      SpoolEncryption encryption = new SpoolEncryption(file, new SecretKeySpec(key, "AES"), random);
      Arrays.fill(key, (byte) 0);
      return encryption;
    } catch (NoSuchFileException e) {
      throw new UserErrorException(
          Kind.FAILED,
          "wrapping key "
              + file
              + " is missing: put it back, or make one if this coordinator never had one",
          e);
    } catch (IOException e) {
      throw new UserErrorException(
          Kind.FAILED, "wrapping key " + file + " cannot be read (" + e + ")", e);
    }
  }

  private static void requireOwnerOnly(Path file) throws IOException {
    if (!file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      throw new UserErrorException(
          Kind.REFUSED,
          "wrapping key "
              + file
              + " is on a file system without POSIX permissions: keep it where only its owner can"
              + " read it");
    }
    Set<PosixFilePermission> granted = Files.getPosixFilePermissions(file);
    Set<PosixFilePermission> owner =
        EnumSet.of(
            PosixFilePermission.OWNER_READ,
            PosixFilePermission.OWNER_WRITE,
            PosixFilePermission.OWNER_EXECUTE);
    if (!owner.containsAll(granted)) {
      throw new UserErrorException(
          Kind.REFUSED,
          "wrapping key " + file + " can be used by others than its owner: chmod 600 it");
    }
  }

  /**
   * Makes a wrapping key.
   *
   * @throws UserErrorException when the file exists or cannot be written
   */
  public static void createWrappingKey(Path file, SecureRandom random) {
    if (Files.exists(file)) {
      throw new UserErrorException(
          Kind.REFUSED,
          file + " exists: spools that are wrapped with it would be lost; choose another name");
    }
    byte[] key = new byte[WRAPPING_KEY_BYTES];
    random.nextBytes(key);
    try {
      DurableFiles.writeOwnerOnly(file, key);
    } catch (IOException e) {
      throw new UserErrorException(Kind.FAILED, file + " cannot be written (" + e + ")", e);
    } finally {
      Arrays.fill(key, (byte) 0);
    }
  }

  /** Whether spools are enciphered. */
  public boolean enabled() {
    return file != null;
  }

  /** Draws the key of a round. */
  byte[] newRoundKey() {
    byte[] key = new byte[AesCtrCipher.KEY_BYTES];
    random.nextBytes(key);
    return key;
  }

  /**
   * Wraps a round's key.
   *
   * @param label of the round: a key unwraps under its own only
   */
  byte[] wrap(byte[] roundKey, String label) {
    byte[] nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    try {
      byte[] sealed = cipher(Cipher.ENCRYPT_MODE, nonce, label).doFinal(roundKey);
      return ByteBuffer.allocate(WRAPPED_BYTES).put(FORMAT).put(nonce).put(sealed).array();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java runtime cannot use " + ALGORITHM, e);
    }
  }

  /**
   * Unwraps a round's key.
   *
   * @param from where it was read, for the message
   * @throws UserErrorException when it was not wrapped with this wrapping key under this label
   */
  byte[] unwrap(byte[] wrapped, String label, Path from) {
    if (wrapped.length != WRAPPED_BYTES
        || !Arrays.equals(wrapped, 0, FORMAT.length, FORMAT, 0, FORMAT.length)) {
      throw new UserErrorException(
          Kind.REFUSED,
          from
              + " is no spool key of this version (it has "
              + wrapped.length
              + " bytes, not "
              + WRAPPED_BYTES
              + "): put the file back from a backup; nothing was deleted");
    }
    int sealedAt = FORMAT.length + NONCE_BYTES;
    byte[] nonce = Arrays.copyOfRange(wrapped, FORMAT.length, sealedAt);
    try {
      return cipher(Cipher.DECRYPT_MODE, nonce, label)
          .doFinal(wrapped, sealedAt, wrapped.length - sealedAt);
    } catch (AEADBadTagException e) {
      throw new UserErrorException(
          Kind.REFUSED,
          "the spool key "
              + from
              + " does not open with wrapping key "
              + file
              + ": it was wrapped with another one, or the file was changed. Start with the"
              + " wrapping key that it was made with; nothing was deleted",
          e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java runtime cannot use " + ALGORITHM, e);
    }
  }

  private Cipher cipher(int mode, byte[] nonce, String label) throws GeneralSecurityException {
    if (!enabled()) {
      throw new IllegalStateException("spools are not enciphered: there is no wrapping key");
    }
    Cipher cipher = Cipher.getInstance(ALGORITHM);
    cipher.init(mode, wrappingKey, new GCMParameterSpec(8 * TAG_BYTES, nonce));
    cipher.updateAAD(label.getBytes(StandardCharsets.UTF_8));
    return cipher;
  }
}
