package io.tributary.coordinator.fold;

import java.io.IOException;
import java.nio.ByteBuffer;

/** An open update. Used by one thread at a time. */
public interface UpdateReader extends AutoCloseable {
  /**
   * Reads from a position until the buffer is full.
   *
   * @throws IOException when the update ends before, or cannot be read
   */
  void read(long offsetBytes, ByteBuffer into) throws IOException;

  @Override
  void close() throws IOException;
}
