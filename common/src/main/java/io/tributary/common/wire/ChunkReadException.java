package io.tributary.common.wire;

import java.io.IOException;

/**
 * Ends a transfer whose {@link ChunkSource} cannot hand out a chunk: the fault is on this side, and
 * another connection would not mend it. Its cause may name a local path and stays on this side.
 */
public final class ChunkReadException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Says which chunk could not be had, and why. */
  public ChunkReadException(int index, Exception cause) {
    super("chunk " + index + " cannot be read: " + cause.getMessage(), cause);
  }
}
