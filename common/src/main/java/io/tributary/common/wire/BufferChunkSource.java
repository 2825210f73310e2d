package io.tributary.common.wire;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;

/** Sends what is already in memory, such as an update that was just computed. */
final class BufferChunkSource implements ChunkSource {
  private final ByteBuffer bytes;
  private final Manifest manifest;

  BufferChunkSource(ByteBuffer bytes, Manifest manifest) {
    if (bytes.remaining() != manifest.totalBytes()) {
      throw new IllegalArgumentException(
          "buffer has %d bytes but its manifest says %d"
              .formatted(bytes.remaining(), manifest.totalBytes()));
    }
    this.bytes = bytes.slice();
    this.manifest = manifest;
  }

  @Override
  public Manifest manifest() {
    return manifest;
  }

  @Override
  public void read(int index, ByteBuf into) {
    // slice(), not a shared position: several event loops may read at once.
    int offset = (int) manifest.chunkOffset(index);
    into.writeBytes(bytes.slice(offset, manifest.chunkLength(index)));
  }
}
