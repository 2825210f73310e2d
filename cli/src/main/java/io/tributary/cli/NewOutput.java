package io.tributary.cli;

import io.tributary.common.config.UserErrorException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;

/** What {@code --out} of the model commands promises: all of it, or nothing, and over nothing. */
final class NewOutput {
  private NewOutput() {}

  /** Writes whole or not at all, and refuses what exists. */
  @FunctionalInterface
  interface Writing<T> {
    T write() throws IOException;
  }

  /**
   * Writes.
   *
   * @throws UserErrorException REFUSED if there is something, FAILED if the disk does not do it
   */
  static <T> T write(Path out, Writing<T> writing) {
    try {
      return writing.write();
    } catch (FileAlreadyExistsException e) {
      throw new UserErrorException(
          UserErrorException.Kind.REFUSED,
          out + " exists and is not overwritten: name another by --out",
          e);
    } catch (IOException e) {
      throw new UserErrorException(
          UserErrorException.Kind.FAILED,
          out + " cannot be written (" + e.getMessage() + "): free some space or name another",
          e);
    }
  }
}
