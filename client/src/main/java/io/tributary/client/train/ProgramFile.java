package io.tributary.client.train;

import io.tributary.common.config.UserErrorException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A file on this site's own disk whose SHA-256 a job names as {@code model.external.program}: the
 * description of a network that the sites agree on. It is read from nowhere else, and used only as
 * long as it is what it was when the site started.
 *
 * @param path of the file
 * @param digest of its bytes, 64 hexadecimal digits
 */
public record ProgramFile(Path path, String digest) {
  /** Longest program. */
  public static final long MAX_BYTES = 1L << 30;

  private static final int BUFFER_BYTES = 1 << 16;

  /**
   * Names the file as it is now.
   *
   * @throws UserErrorException if it cannot be read
   */
  public static ProgramFile of(Path path) {
    try {
      return new ProgramFile(path, digestOf(path));
    } catch (IOException e) {
      throw new UserErrorException(
          UserErrorException.Kind.USAGE,
          "program "
              + path
              + " cannot be read ("
              + reason(e)
              + "): name a file on this site's disk, of at most "
              + MAX_BYTES
              + " bytes",
          e);
    }
  }

  /**
   * Checks that the file is what it was.
   *
   * @throws TaskRefusedException with both digests if it is not
   */
  public void requireUnchanged() {
    String now;
    try {
      now = digestOf(path);
    } catch (IOException e) {
      throw new TaskRefusedException(
          "this site's program " + digest + " cannot be read any more", e);
    }
    if (!now.equals(digest)) {
      throw new TaskRefusedException(
          "this site's program was "
              + digest
              + " when the site started and is "
              + now
              + " now: restart the site, or put the program back");
    }
  }

  private static String digestOf(Path path) throws IOException {
    if (Files.isRegularFile(path) && Files.size(path) > MAX_BYTES) {
      throw new IOException("it has " + Files.size(path) + " bytes");
    }
    try (DigestInputStream in = new DigestInputStream(Files.newInputStream(path), sha256())) {
      return digestOf(in);
    }
  }

  private static String digestOf(DigestInputStream in) throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    long left = MAX_BYTES;
    for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
      left -= read;
      if (left < 0) {
        throw new IOException("it has too many bytes");
      }
    }
    return HexFormat.of().formatHex(in.getMessageDigest().digest());
  }

  /** Its bytes, checked. */
  byte[] bytes() throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      byte[] bytes = in.readAllBytes();
      String now = HexFormat.of().formatHex(sha256().digest(bytes));
      if (!now.equals(digest)) {
        requireUnchanged();
        throw new TaskRefusedException("this site's program changes while it is read");
      }
      return bytes;
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java runtime has no SHA-256", e);
    }
  }

  private static String reason(IOException e) {
    return e instanceof java.nio.file.NoSuchFileException ? "there is none" : e.getMessage();
  }
}
