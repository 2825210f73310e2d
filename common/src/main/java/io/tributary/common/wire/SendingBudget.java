package io.tributary.common.wire;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Bounds the bytes of chunks that all connections of one end have written and the operating system
 * has not taken yet: slow readers, however many, must not fill the memory.
 *
 * <p>When it is used up, a connection may still have one chunk on its way. So slow readers do not
 * stop the others, nobody has to be woken when there is room again, and what can be on its way is
 * {@link #MAX_BYTES} and one chunk a connection.
 */
final class SendingBudget {
  /** Bytes that may be on their way before each connection is kept to one chunk. */
  static final long MAX_BYTES = 4L << 20;

  private final long maxBytes;
  private final AtomicLong bytesInFlight = new AtomicLong();

  SendingBudget() {
    this(MAX_BYTES);
  }

  SendingBudget(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /** Whether a connection with so many bytes on their way may write another chunk. */
  boolean allows(long ownBytesInFlight) {
    return ownBytesInFlight == 0 || bytesInFlight.get() < maxBytes;
  }

  void written(int bytes) {
    bytesInFlight.addAndGet(bytes);
  }

  void gone(int bytes) {
    bytesInFlight.addAndGet(-bytes);
  }

  long bytesInFlight() {
    return bytesInFlight.get();
  }
}
