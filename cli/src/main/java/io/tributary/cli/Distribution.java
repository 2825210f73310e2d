package io.tributary.cli;

import io.tributary.common.config.UserErrorException;
import java.nio.file.Path;

/** The unpacked distribution this process was started from: its launcher says where it is. */
final class Distribution {
  private static final String PROPERTY = "tributary.dist";

  private static final String TERMINAL = "tributary.terminal";

  private Distribution() {}

  /** Whether standard output is a terminal: the launcher knows, Java does not. */
  static boolean onTerminal() {
    return Boolean.getBoolean(TERMINAL);
  }

  static Path path() {
    String path = System.getProperty(PROPERTY);
    if (path == null) {
      throw new UserErrorException(
          UserErrorException.Kind.FAILED,
          "-D"
              + PROPERTY
              + " is not set: start this command with the distribution's bin/tributary");
    }
    return Path.of(path);
  }
}
