package io.tributary.common.wire;

import java.nio.ByteBuffer;

/**
 * Keeps a spool's content from whoever reads its disk. Positional, so that chunks may come in any
 * order: byte i on disk is byte i of the content combined with byte i of a key stream that no other
 * content ever gets. Integrity is the manifest's: digests are of the content. Safe for use by
 * several threads.
 */
@FunctionalInterface
public interface SpoolCipher {
  /** Leaves everything as it is. */
  SpoolCipher NONE = (offset, data) -> {};

  /**
   * Turns content into what stands on disk, or back: both are the same step.
   *
   * @param offset of the first byte in the content
   * @param data changed in place between position and limit, which stay
   */
  void apply(long offset, ByteBuffer data);
}
