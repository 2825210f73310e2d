package io.tributary.coordinator;

import io.tributary.common.wire.WireConnection;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Keeps what one connection has handed over and nobody has worked off yet to a few items, by not
 * reading from it: this is what bounds the owner's queue, the disk pool's and the memory of chunks.
 */
final class ReadingBound {
  /**
   * Messages and chunks of one connection that may wait. What was read from the socket in one go is
   * handed over in one go: up to one such batch more can wait.
   */
  static final int MAX_WAITING = 8;

  private final WireConnection connection;
  private final AtomicInteger waiting = new AtomicInteger();

  ReadingBound(WireConnection connection) {
    this.connection = connection;
  }

  /** One more item waits; on the connection's event loop. */
  void enter() {
    // Not only at the bound itself: a resume that was handed to the event loop before this pause
    // may run after it, and what is still read then must pause again.
    if (waiting.incrementAndGet() >= MAX_WAITING) {
      connection.pauseReading();
    }
  }

  /** An item was worked off; on any thread. */
  void leave() {
    if (waiting.decrementAndGet() == MAX_WAITING - 1) {
      connection.resumeReading();
    }
  }
}
