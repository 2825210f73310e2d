package io.tributary.coordinator.fold;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * An update that is a plain file.
 *
 * @param file its content is the update's
 */
public record UpdateFile(Path file) implements UpdateSource {
  @Override
  public UpdateReader open() throws IOException {
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
    return new UpdateReader() {
      @Override
      public void read(long offsetBytes, ByteBuffer into) throws IOException {
        long position = offsetBytes;
        while (into.hasRemaining()) {
          int read = channel.read(into, position);
          if (read < 0) {
            throw new EOFException(
                file + " ends at byte " + position + ": it was cut after it was accepted");
          }
          position += read;
        }
      }

      @Override
      public void close() throws IOException {
        channel.close();
      }
    };
  }
}
