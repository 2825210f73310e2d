package io.tributary.common.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * Reads small files that people name: configurations and model descriptions. A pipe or a device has
 * no size that could be asked for, and may never end; both are refused.
 */
public final class BoundedFile {
  private BoundedFile() {}

  /**
   * Reads a whole file.
   *
   * @param maxBytes most bytes it may have
   * @throws java.nio.file.NoSuchFileException when there is none
   * @throws FileSystemException when it is not a regular file, or too large
   */
  public static byte[] read(Path file, int maxBytes) throws IOException {
    if (!Files.readAttributes(file, BasicFileAttributes.class).isRegularFile()) {
      throw new FileSystemException(file.toString(), null, "it is not a regular file");
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(maxBytes + 1); // its size may have changed since, or be a lie
      if (bytes.length > maxBytes) {
        throw new FileTooLargeException(file, maxBytes);
      }
      return bytes;
    }
  }

  /** The file has more bytes than may be read. */
  static final class FileTooLargeException extends FileSystemException {
    private static final long serialVersionUID = 1L;

    FileTooLargeException(Path file, int maxBytes) {
      super(file.toString(), null, "it has more than " + maxBytes + " bytes");
    }
  }
}
