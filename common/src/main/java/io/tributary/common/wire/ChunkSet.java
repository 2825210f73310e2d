package io.tributary.common.wire;

import java.util.BitSet;

/**
 * Which of a manifest's n chunks are had, or lacking: the bitmap that makes every transfer
 * resumable.
 *
 * <p>On the wire: ⌈n / 8⌉ bytes, bit i least significant first, the bits beyond n zero. Mutable and
 * confined to one owner; {@link #copy()} before handing it to another thread.
 */
public final class ChunkSet {
  private final int size;
  private final BitSet bits;

  private ChunkSet(int size, BitSet bits) {
    this.size = size;
    this.bits = bits;
  }

  /** Returns the empty subset of n chunks. */
  public static ChunkSet none(int size) {
    if (size < 0) {
      throw new IllegalArgumentException("chunk count is " + size + " but must not be negative");
    }
    return new ChunkSet(size, new BitSet(size));
  }

  /** Returns all n chunks. */
  public static ChunkSet all(int size) {
    ChunkSet set = none(size);
    set.bits.set(0, size);
    return set;
  }

  /**
   * Reads a bitmap that a peer sent.
   *
   * @param size the number of chunks of the manifest it speaks of
   * @throws ProtocolException when the length is not ⌈size / 8⌉ or a bit beyond size is set
   */
  public static ChunkSet fromBytes(int size, byte[] bitmap) {
    ChunkSet set = none(size);
    int expected = bitmapBytes(size);
    if (bitmap.length != expected) {
      throw new ProtocolException(
          "chunk bitmap has %d bytes but %d chunks need %d"
              .formatted(bitmap.length, size, expected));
    }
    set.bits.or(BitSet.valueOf(bitmap));
    if (set.bits.length() > size) {
      throw new ProtocolException(
          "chunk bitmap sets bit %d but there are only %d chunks"
              .formatted(set.bits.length() - 1, size));
    }
    return set;
  }

  private static int bitmapBytes(int size) {
    return (int) ((size + 7L) / 8);
  }

  /** Returns the number of chunks that the set speaks of, contained or not. */
  public int size() {
    return size;
  }

  /** Tells whether chunk {@code index} is in the set. */
  public boolean contains(int index) {
    return bits.get(checked(index));
  }

  /** Adds a chunk; returns false when it was there. */
  public boolean add(int index) {
    boolean absent = !contains(index);
    bits.set(index);
    return absent;
  }

  /** Removes a chunk; returns false when it was not there. */
  public boolean remove(int index) {
    boolean present = contains(index);
    bits.clear(index);
    return present;
  }

  /** Returns how many chunks are in the set. */
  public int cardinality() {
    return bits.cardinality();
  }

  /** Tells whether no chunk is in the set. */
  public boolean isEmpty() {
    return bits.isEmpty();
  }

  /** Returns the lowest contained index that is at least {@code from}, or −1. */
  public int next(int from) {
    return bits.nextSetBit(from);
  }

  /** Returns the chunks that are not in this set. */
  public ChunkSet complement() {
    ChunkSet other = copy();
    other.bits.flip(0, size);
    return other;
  }

  /** Returns an independent copy. */
  public ChunkSet copy() {
    return new ChunkSet(size, (BitSet) bits.clone());
  }

  /** Returns the wire form: ⌈size / 8⌉ bytes, least significant bit first. */
  public byte[] toBytes() {
    byte[] bitmap = new byte[bitmapBytes(size)];
    byte[] used = bits.toByteArray();
    System.arraycopy(used, 0, bitmap, 0, used.length);
    return bitmap;
  }

  private int checked(int index) {
    if (index < 0 || index >= size) {
      throw new IndexOutOfBoundsException("chunk " + index + " of " + size);
    }
    return index;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ChunkSet that && size == that.size && bits.equals(that.bits);
  }

  @Override
  public int hashCode() {
    return 31 * size + bits.hashCode();
  }

  @Override
  public String toString() {
    return cardinality() + " of " + size + " chunks";
  }
}
