package io.tributary.coordinator;

import io.tributary.common.wire.WireConnection;

/**
 * Keeps what one connection has handed over and nobody has worked off yet to a few items, and with
 * all others within the {@link ReadingBudget}, by not reading from it: this is what bounds the
 * owner's queue, the disk pool's and the memory of chunks.
 */
final class ReadingBound {
  /**
   * Messages and chunks of one connection that may wait. What was read from the socket in one go is
   * handed over in one go: up to one such batch more can wait.
   */
  static final int MAX_WAITING = 8;

  private final WireConnection connection;
  private final ReadingBudget budget;
  private int waiting; // guarded by this
  private boolean held; // guarded by this: the budget says when to read on

  ReadingBound(WireConnection connection, ReadingBudget budget) {
    this.connection = connection;
    this.budget = budget;
  }

  /** One more item waits; on the connection's event loop. */
  void enter(long bytes) {
    boolean pause;
    synchronized (this) {
      waiting++;
      if (!budget.take(this, bytes)) {
        held = true;
      }
      // Not only at the bound itself: a resume that was handed to the event loop before this pause
      // may run after it, and what is still read then must pause again.
      pause = held || waiting >= MAX_WAITING;
    }
    if (pause) {
      connection.pauseReading();
    }
  }

  /** An item was worked off; on any thread. */
  void leave(long bytes) {
    boolean resume;
    synchronized (this) {
      waiting--;
      resume = !held && waiting == MAX_WAITING - 1;
    }
    if (resume) {
      connection.resumeReading();
    }
    budget.give(bytes);
  }

  /** The budget has room again; on any thread. */
  void readOn() {
    boolean resume;
    synchronized (this) {
      held = false;
      resume = waiting < MAX_WAITING;
    }
    if (resume) {
      connection.resumeReading();
    }
  }
}
