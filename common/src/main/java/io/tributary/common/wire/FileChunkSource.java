package io.tributary.common.wire;

import io.netty.buffer.ByteBuf;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Sends a file: from the page cache to an off-heap buffer, with no heap array between. */
record FileChunkSource(Path file, Manifest manifest) implements ChunkSource {
  @Override
  public void read(int index, ByteBuf into) throws IOException {
    int length = manifest.chunkLength(index);
    long offset = manifest.chunkOffset(index);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      int done = 0;
      while (done < length) {
        int read = into.writeBytes(channel, offset + done, length - done);
        if (read < 0) {
          throw new EOFException(
              "%s ends at byte %d but its manifest says %d"
                  .formatted(file, offset + done, manifest.totalBytes()));
        }
        done += read;
      }
    }
  }
}
