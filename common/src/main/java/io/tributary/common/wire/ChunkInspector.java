package io.tributary.common.wire;

import java.nio.ByteBuffer;

/**
 * Looks at the content of a {@link ChunkSpool} while it is in memory anyway, so that nobody has to
 * read it back from disk to judge it.
 */
@FunctionalInterface
public interface ChunkInspector {
  /** Takes any content. */
  ChunkInspector NONE = (offset, content) -> {};

  /**
   * A chunk has matched its digest: once for every chunk of an open spool, those that its file held
   * before included, in any order.
   *
   * @param offset of its first byte in the whole
   * @param content all of it, deciphered; its indices may be moved, its bytes not
   */
  void inspect(long offset, ByteBuffer content);
}
