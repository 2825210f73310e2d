package io.tributary.client;

import io.netty.buffer.ByteBuf;
import io.tributary.common.wire.ChunkSet;
import io.tributary.common.wire.ChunkSpool;
import io.tributary.common.wire.TaskId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/**
 * A model on its way in: chunks are verified and written on the connection's event loop, which
 * holds back a coordinator that sends faster than this disk writes, while the agent's thread may
 * give the task up at any instant.
 *
 * <p>Chunks that come after {@link #close}, for a task that was taken back meanwhile, are dropped.
 */
final class ModelDownload implements AutoCloseable {
  private final TaskId task;
  private final ChunkSpool spool;

  // Guarded by this.
  private boolean open = true;
  private volatile long lastProgressMillis;

  ModelDownload(TaskId task, ChunkSpool spool, long nowMillis) {
    this.task = task;
    this.spool = spool;
    this.lastProgressMillis = nowMillis;
  }

  /**
   * Takes a chunk in.
   *
   * @return whether this chunk made the model complete
   * @throws io.tributary.common.wire.ProtocolException if it is not a chunk of the model
   * @throws IOException if it cannot be written
   */
  synchronized boolean accept(TaskId forTask, int index, ByteBuf data, long nowMillis)
      throws IOException {
    if (!open || !forTask.equals(task)) {
      return false;
    }
    if (spool.accept(index, data) == ChunkSpool.Result.DUPLICATE) {
      return false;
    }
    lastProgressMillis = nowMillis;
    return spool.complete();
  }

  /** When the last new chunk came. */
  long lastProgressMillis() {
    return lastProgressMillis;
  }

  /** The wait starts anew, on a new connection. */
  void resumed(long nowMillis) {
    lastProgressMillis = nowMillis;
  }

  ChunkSet lacking() {
    return spool.lacking();
  }

  boolean complete() {
    return spool.complete();
  }

  /** Where the model lies; whole once {@link #complete}. */
  Path file() {
    return spool.file();
  }

  /** Closes the file and leaves it in the cache. */
  @Override
  public synchronized void close() {
    open = false;
    try {
      spool.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
