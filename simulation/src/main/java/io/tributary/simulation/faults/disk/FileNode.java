package io.tributary.simulation.faults.disk;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * A file: its content as the running system sees it, what of it is durable, and the writes in
 * between, oldest first.
 *
 * <p>What a power cut leaves of a sector is its content after any number of the writes that touched
 * it, in their order; each sector and the length decide for themselves. That is what a page cache
 * written back in any order leaves, and a write that is torn at a sector's edge.
 */
final class FileNode extends DiskNode {
  /** What a disk writes whole or not at all, in bytes. */
  static final int SECTOR_BYTES = 512;

  /**
   * Most writes that wait; beyond it the oldest become durable, as a kernel writes back in time.
   */
  static final int MAX_UNFORCED = 1024;

  private static final byte[] EMPTY = {};

  /**
   * A write, or a change of length.
   *
   * @param offset where
   * @param data what; empty for a change of length only
   * @param size of the file afterwards
   */
  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  private record Change(int offset, byte[] data, int size) {}

  private byte[] bytes = EMPTY; // beyond size: zeros
  private int size;
  private byte[] durable = EMPTY;
  private final Deque<Change> unforced = new ArrayDeque<>();
  private final BitSet allocated = new BitSet(); // sectors that take room

  int size() {
    return size;
  }

  boolean isForced() {
    return unforced.isEmpty();
  }

  byte[] content() {
    return Arrays.copyOf(bytes, size);
  }

  byte[] durableContent() {
    return durable.clone();
  }

  /** The same object until it is forced with other content. */
  Object durableMark() {
    return durable;
  }

  /** Room on the disk: a hole takes none. */
  long allocatedBytes() {
    return (long) allocated.cardinality() * SECTOR_BYTES;
  }

  /** How much more room a write would take. */
  long growthBytes(int offset, int length) {
    if (length == 0) {
      return 0;
    }
    int first = offset / SECTOR_BYTES;
    int end = (offset + length - 1) / SECTOR_BYTES + 1;
    return (end - first - allocated.get(first, end).cardinality()) * (long) SECTOR_BYTES;
  }

  int read(int position, ByteBuffer into) {
    if (position >= size) {
      return -1;
    }
    int count = Math.min(into.remaining(), size - position);
    into.put(bytes, position, count);
    return count;
  }

  void write(int position, byte[] data) {
    if (data.length == 0) {
      return;
    }
    int end = Math.addExact(position, data.length);
    bytes = withRoom(bytes, end);
    System.arraycopy(data, 0, bytes, position, data.length);
    size = Math.max(size, end);
    allocated.set(position / SECTOR_BYTES, (end - 1) / SECTOR_BYTES + 1);
    remember(new Change(position, data, size));
  }

  void truncate(int newSize) {
    if (newSize >= size) {
      return;
    }
    Arrays.fill(bytes, newSize, size, (byte) 0);
    size = newSize;
    int kept = (newSize + SECTOR_BYTES - 1) / SECTOR_BYTES;
    allocated.clear(kept, Math.max(kept, allocated.length()));
    remember(new Change(newSize, EMPTY, newSize));
  }

  private void remember(Change change) {
    unforced.add(change);
    if (unforced.size() > MAX_UNFORCED) {
      durable = apply(durable, unforced.remove());
    }
  }

  void force() {
    if (!unforced.isEmpty()) {
      durable = content();
      unforced.clear();
    }
  }

  /** The power is cut: some of each sector's history is left. */
  void losePower(RandomGenerator random, Survival survival) {
    if (!unforced.isEmpty()) {
      switch (survival) {
        case NOTHING -> {}
        case EVERYTHING -> durable = content();
        case ANYTHING -> durable = mixture(random);
      }
      unforced.clear();
    }
    bytes = durable.clone();
    size = bytes.length;
    allocated.clear();
    allocated.set(0, (size + SECTOR_BYTES - 1) / SECTOR_BYTES);
  }

  private byte[] mixture(RandomGenerator random) {
    Map<Integer, Integer> touches = new HashMap<>();
    int most = durable.length;
    int length = durable.length;
    for (Change change : unforced) {
      most = Math.max(most, change.size());
    }
    int lengthFrom = random.nextInt(unforced.size() + 1);
    int n = 0;
    for (Change change : unforced) {
      for (int s = firstSector(change); s < endSector(change, most); s++) {
        touches.merge(s, 1, Integer::sum);
      }
      if (n++ < lengthFrom) {
        length = change.size();
      }
    }
    Map<Integer, Integer> left = new HashMap<>();
    for (int s = 0; s <= most / SECTOR_BYTES; s++) {
      Integer count = touches.get(s);
      if (count != null) {
        left.put(s, random.nextInt(count + 1));
      }
    }
    byte[] mixed = Arrays.copyOf(durable, most);
    for (Change change : unforced) {
      for (int s = firstSector(change); s < endSector(change, most); s++) {
        if (left.merge(s, -1, Integer::sum) >= 0) {
          applyWithin(mixed, change, s * SECTOR_BYTES, Math.min(most, (s + 1) * SECTOR_BYTES));
        }
      }
    }
    return Arrays.copyOf(mixed, length);
  }

  private static int firstSector(Change change) {
    return change.offset() / SECTOR_BYTES;
  }

  /** A cut touches everything behind it. */
  private static int endSector(Change change, int most) {
    int end = change.data().length == 0 ? most : change.offset() + change.data().length;
    return (end + SECTOR_BYTES - 1) / SECTOR_BYTES;
  }

  private static void applyWithin(byte[] target, Change change, int from, int to) {
    if (change.data().length == 0) {
      int start = Math.max(from, change.size());
      if (start < to) {
        Arrays.fill(target, start, to, (byte) 0);
      }
      return;
    }
    int start = Math.max(from, change.offset());
    int end = Math.min(to, change.offset() + change.data().length);
    System.arraycopy(change.data(), start - change.offset(), target, start, end - start);
  }

  private static byte[] apply(byte[] before, Change change) {
    byte[] after = Arrays.copyOf(before, change.size());
    System.arraycopy(change.data(), 0, after, change.offset(), change.data().length);
    return after;
  }

  private static byte[] withRoom(byte[] array, int needed) {
    return needed <= array.length
        ? array
        : Arrays.copyOf(array, Math.max(needed, 2 * array.length));
  }
}
