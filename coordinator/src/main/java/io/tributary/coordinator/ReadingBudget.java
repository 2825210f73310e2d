package io.tributary.coordinator;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Bounds the bytes that all connections together have handed over and nobody has worked off yet: a
 * disk that is slower than the network must not fill the memory, however many sites send. Beside
 * it, each connection is kept to a few items by its {@link ReadingBound}.
 *
 * <p>What can wait beyond the bound is what each connection had read already when it was told to
 * stop: one batch.
 */
final class ReadingBudget {
  /** Bytes of messages and chunks that may wait. */
  static final long MAX_WAITING_BYTES = 4L << 20;

  /** What a connection that reads on is expected to bring before it can be stopped again. */
  static final long BATCH_BYTES = 128L << 10;

  private final Set<ReadingBound> held = new LinkedHashSet<>(); // guarded by this
  private long waitingBytes; // guarded by this

  /**
   * Counts bytes that wait.
   *
   * @return whether the connection may read on; if not, its bound is told when it may
   */
  synchronized boolean take(ReadingBound bound, long bytes) {
    waitingBytes += bytes;
    if (waitingBytes < MAX_WAITING_BYTES) {
      return true;
    }
    held.add(bound);
    return false;
  }

  /** Bytes were worked off: lets as many connections read on as there is room for, in order. */
  void give(long bytes) {
    for (ReadingBound bound : giveBack(bytes)) {
      bound.readOn();
    }
  }

  private synchronized List<ReadingBound> giveBack(long bytes) {
    waitingBytes -= bytes;
    List<ReadingBound> released = new ArrayList<>();
    var next = held.iterator();
    for (long room = MAX_WAITING_BYTES - waitingBytes;
        room >= BATCH_BYTES && next.hasNext();
        room -= BATCH_BYTES) {
      released.add(next.next());
      next.remove();
    }
    return released;
  }
}
