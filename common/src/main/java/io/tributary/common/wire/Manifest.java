package io.tributary.common.wire;

import com.google.protobuf.ByteString;
import io.netty.buffer.ByteBuf;
import io.tributary.common.wire.v1.ChunkManifest;
import io.tributary.common.wire.v1.RefusalCode;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Arrays;

/**
 * The content of a model or an update, named chunk by chunk: what a receiver needs to say which
 * chunks it lacks and to verify each before it counts.
 *
 * <p>Chunk i holds bytes [i · chunkBytes, min((i + 1) · chunkBytes, totalBytes)). The whole is
 * named by {@link #digest()}. Immutable.
 */
public final class Manifest {
  private final long totalBytes;
  private final int chunkBytes;
  private final byte[] digests; // Digest.BYTES a chunk, in order

  private Manifest(long totalBytes, int chunkBytes, byte[] digests) {
    this.totalBytes = totalBytes;
    this.chunkBytes = chunkBytes;
    this.digests = digests;
  }

  /** Returns ⌈totalBytes / chunkBytes⌉. */
  static long chunkCount(long totalBytes, long chunkBytes) {
    return totalBytes / chunkBytes + (totalBytes % chunkBytes == 0 ? 0 : 1);
  }

  /**
   * Hashes a file chunk by chunk; memory is one chunk, off the heap.
   *
   * @param chunkBytes see {@link WireLimits#chunkBytesFor}
   * @throws IOException when the file cannot be read, or is cut while it is read
   * @throws IllegalArgumentException when it is empty
   */
  public static Manifest of(Path file, int chunkBytes) throws IOException {
    return of(file, chunkBytes, SpoolCipher.NONE);
  }

  /**
   * Hashes the content of a spool, as {@link #of(Path, int)} does.
   *
   * @param cipher with which it was written
   */
  public static Manifest of(Path file, int chunkBytes, SpoolCipher cipher) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long totalBytes = channel.size();
      byte[] digests = new byte[digestBytes(totalBytes, chunkBytes)];
      ByteBuffer buffer = ByteBuffer.allocateDirect((int) Math.min(chunkBytes, totalBytes));
      for (int i = 0; i * (long) Digest.BYTES < digests.length; i++) {
        long offset = (long) i * chunkBytes;
        buffer.clear().limit((int) Math.min(chunkBytes, totalBytes - offset));
        readFully(channel, offset, buffer, file);
        cipher.apply(offset, buffer.flip());
        put(digests, i, Digest.sha256(buffer));
      }
      return new Manifest(totalBytes, chunkBytes, digests);
    }
  }

  /**
   * Hashes the readable bytes chunk by chunk; the buffer's position stays.
   *
   * @throws IllegalArgumentException when there are none
   */
  public static Manifest of(ByteBuffer bytes, int chunkBytes) {
    int totalBytes = bytes.remaining();
    byte[] digests = new byte[digestBytes(totalBytes, chunkBytes)];
    for (int i = 0; i * (long) Digest.BYTES < digests.length; i++) {
      int offset = i * chunkBytes;
      int length = Math.min(chunkBytes, totalBytes - offset);
      put(digests, i, Digest.sha256(bytes.slice(bytes.position() + offset, length)));
    }
    return new Manifest(totalBytes, chunkBytes, digests);
  }

  /** Fills the buffer from a position of the file. */
  static void readFully(FileChannel channel, long offset, ByteBuffer buffer, Path file)
      throws IOException {
    long position = offset;
    while (buffer.hasRemaining()) {
      int read = channel.read(buffer, position);
      if (read < 0) {
        throw new EOFException(
            file + " ends at byte " + position + ": it was cut while it was read");
      }
      position += read;
    }
  }

  private static int digestBytes(long totalBytes, int chunkBytes) {
    if (chunkBytes < 1) {
      throw new IllegalArgumentException(
          "manifest chunk size is " + chunkBytes + " bytes but must be at least 1");
    }
    if (totalBytes < 1) {
      throw new IllegalArgumentException(
          "manifest total is " + totalBytes + " bytes but must be at least 1");
    }
    long bytes = Math.multiplyExact(chunkCount(totalBytes, chunkBytes), Digest.BYTES);
    return Math.toIntExact(bytes);
  }

  private static void put(byte[] digests, int index, Digest digest) {
    System.arraycopy(digest.bytes(), 0, digests, index * Digest.BYTES, Digest.BYTES);
  }

  /**
   * Reads a manifest that a peer sent, within bounds.
   *
   * @throws ProtocolException naming the bound it breaks, or the digests it lacks
   */
  public static Manifest fromProto(ChunkManifest proto, WireLimits limits) {
    long total = proto.getTotalBytes();
    if (total < 1 || total > limits.maxBlobBytes()) {
      throw overLimit("total_bytes", Long.toUnsignedString(total), limits.maxBlobBytes());
    }
    int chunk = proto.getChunkBytes();
    if (chunk < 1 || chunk > limits.maxChunkBytes()) {
      throw overLimit("chunk_bytes", Integer.toUnsignedString(chunk), limits.maxChunkBytes());
    }
    long count = chunkCount(total, chunk);
    if (count > limits.maxChunksPerBlob()) {
      throw overLimit("chunk count", Long.toString(count), limits.maxChunksPerBlob());
    }
    ByteString digests = proto.getChunkDigests();
    if (digests.size() != count * Digest.BYTES) {
      throw new ProtocolException(
          "manifest has %d bytes of digests but %d chunks need %d"
              .formatted(digests.size(), count, count * Digest.BYTES));
    }
    return new Manifest(total, chunk, digests.toByteArray());
  }

  private static ProtocolException overLimit(String name, String value, long bound) {
    return new ProtocolException(
        RefusalCode.REFUSAL_CODE_LIMIT_EXCEEDED,
        "manifest %s is %s but must be from 1 to %d".formatted(name, value, bound));
  }

  /** Returns the wire form. */
  public ChunkManifest toProto() {
    return ChunkManifest.newBuilder()
        .setTotalBytes(totalBytes)
        .setChunkBytes(chunkBytes)
        .setChunkDigests(ByteString.copyFrom(digests))
        .build();
  }

  /** Returns the size of the content. */
  public long totalBytes() {
    return totalBytes;
  }

  /** Returns the size of every chunk but the last, which may be shorter. */
  public int chunkBytes() {
    return chunkBytes;
  }

  /** Returns the number of chunks, at least 1. */
  public int chunkCount() {
    return digests.length / Digest.BYTES;
  }

  /** Returns the first byte of a chunk. */
  public long chunkOffset(int index) {
    return (long) checked(index) * chunkBytes;
  }

  /** Returns the size of a chunk. */
  public int chunkLength(int index) {
    return (int) Math.min(chunkBytes, totalBytes - chunkOffset(index));
  }

  /** Returns the SHA-256 of a chunk. */
  public Digest chunkDigest(int index) {
    int from = checked(index) * Digest.BYTES;
    return Digest.of(Arrays.copyOfRange(digests, from, from + Digest.BYTES));
  }

  /** Tells whether the readable bytes are chunk {@code index}; the buffer's indices stay. */
  public boolean verifies(int index, ByteBuf data) {
    return data.readableBytes() == chunkLength(index)
        && Digest.sha256(data).matches(digests, index * Digest.BYTES);
  }

  /** Tells whether the remaining bytes are chunk {@code index}; the buffer's position stays. */
  public boolean verifies(int index, ByteBuffer data) {
    return data.remaining() == chunkLength(index)
        && Digest.sha256(data).matches(digests, index * Digest.BYTES);
  }

  /**
   * Returns the name of the whole: SHA-256 over totalBytes (8 bytes, little-endian), chunkBytes (4
   * bytes, little-endian) and the chunk digests in order.
   */
  public Digest digest() {
    MessageDigest sha256 = Digest.newSha256();
    ByteBuffer sizes = ByteBuffer.allocate(Long.BYTES + Integer.BYTES);
    sizes.order(ByteOrder.LITTLE_ENDIAN).putLong(totalBytes).putInt(chunkBytes);
    sha256.update(sizes.flip());
    return Digest.of(sha256.digest(digests));
  }

  private int checked(int index) {
    if (index < 0 || index >= chunkCount()) {
      throw new IndexOutOfBoundsException("chunk " + index + " of " + chunkCount());
    }
    return index;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Manifest that
        && totalBytes == that.totalBytes
        && chunkBytes == that.chunkBytes
        && Arrays.equals(digests, that.digests);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(digests);
  }

  @Override
  public String toString() {
    return "%s (%d bytes in %d chunks)".formatted(digest().shortHex(), totalBytes, chunkCount());
  }
}
