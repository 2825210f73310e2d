package io.tributary.common.wire;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * A SHA-256 value: the name of a chunk, of a manifest, of a published model.
 *
 * <p>Digests are public values, so comparison need not take constant time.
 */
public final class Digest implements Comparable<Digest> {
  /** Length of a SHA-256 value. */
  public static final int BYTES = 32;

  private final byte[] value;

  private Digest(byte[] value) {
    this.value = value;
  }

  /**
   * Wraps 32 bytes (copied).
   *
   * @throws IllegalArgumentException when there are not exactly 32
   */
  public static Digest of(byte[] bytes) {
    if (bytes.length != BYTES) {
      throw new IllegalArgumentException(
          "a SHA-256 digest has " + BYTES + " bytes, not " + bytes.length);
    }
    return new Digest(bytes.clone());
  }

  /**
   * Reads 64 hexadecimal digits.
   *
   * @throws IllegalArgumentException on any other text
   */
  public static Digest fromHex(String hex) {
    if (hex.length() != 2 * BYTES) {
      throw new IllegalArgumentException(
          "a SHA-256 digest has " + 2 * BYTES + " hexadecimal digits, not " + hex.length());
    }
    return new Digest(HexFormat.of().parseHex(hex));
  }

  /** Hashes the array. */
  public static Digest sha256(byte[] bytes) {
    return new Digest(newSha256().digest(bytes));
  }

  /** Hashes the readable bytes; the buffer's position stays. */
  public static Digest sha256(ByteBuffer bytes) {
    MessageDigest sha256 = newSha256();
    sha256.update(bytes.duplicate());
    return new Digest(sha256.digest());
  }

  /** Hashes the readable bytes; the buffer's indices stay. */
  public static Digest sha256(ByteBuf bytes) {
    MessageDigest sha256 = newSha256();
    for (ByteBuffer part : bytes.nioBuffers()) {
      sha256.update(part);
    }
    return new Digest(sha256.digest());
  }

  /**
   * Every Java platform must have SHA-256, so its absence is a broken installation, not an input.
   */
  static MessageDigest newSha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java runtime has no SHA-256", e);
    }
  }

  /** Returns a copy of the 32 bytes. */
  public byte[] bytes() {
    return value.clone();
  }

  /** Returns 64 lower-case hexadecimal digits. */
  public String hex() {
    return HexFormat.of().formatHex(value);
  }

  /** Returns the first 12 hexadecimal digits: enough for a log line, never for a file name. */
  public String shortHex() {
    return hex().substring(0, 12);
  }

  boolean matches(byte[] digests, int from) {
    return Arrays.equals(value, 0, BYTES, digests, from, from + BYTES);
  }

  @Override
  public int compareTo(Digest other) {
    return Arrays.compareUnsigned(value, other.value);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Digest that && Arrays.equals(value, that.value);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(value);
  }

  @Override
  public String toString() {
    return hex();
  }
}
