package io.tributary.common.wire;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * The sender's side of a manifest: hands out the bytes of one chunk at a time, so that sending a
 * blob of any size holds only the chunks in flight.
 *
 * <p>Read on the event loop of the connection that sends; a source may serve many connections at
 * once.
 */
public interface ChunkSource {
  /** Returns what is sent. */
  Manifest manifest();

  /**
   * Appends chunk {@code index} to the buffer.
   *
   * @throws IOException when the bytes cannot be had; the transfer fails, the connection stays
   */
  void read(int index, ByteBuf into) throws IOException;

  /**
   * Serves a file, which must stay unchanged and in place while it is sent. It is opened for each
   * chunk, so a source holds no file open and needs no closing.
   */
  static ChunkSource ofFile(Path file, Manifest manifest) {
    return new FileChunkSource(file, manifest);
  }

  /** Serves the remaining bytes of a buffer, which must stay unchanged while they are sent. */
  static ChunkSource ofBytes(ByteBuffer bytes, Manifest manifest) {
    return new BufferChunkSource(bytes, manifest);
  }
}
