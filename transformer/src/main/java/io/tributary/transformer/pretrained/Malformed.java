package io.tributary.transformer.pretrained;

import io.tributary.common.config.UserErrorException;
import java.nio.file.Path;

/** The one way in which this package refuses a file: its name, what is wrong, what to do. */
final class Malformed {
  private static final int MAX_NAME = 120;

  private Malformed() {}

  /** The file is not what it should be. */
  static UserErrorException file(Path file, String what) {
    return file(file, what, null);
  }

  /** The file is not what it should be, which something else noticed. */
  static UserErrorException file(Path file, String what, Throwable cause) {
    return new UserErrorException(
        UserErrorException.Kind.FAILED, file + ": " + what + ": fetch the file again", cause);
  }

  /** The file is whole but asks for a part that this program does not have. */
  static UserErrorException unsupported(Path file, String what) {
    return new UserErrorException(UserErrorException.Kind.FAILED, file + ": " + what);
  }

  /** A name from a file as a message may show it: short and printable. */
  static String shown(String name) {
    String printable = name.codePoints().allMatch(c -> c >= ' ' && c < 0x7F) ? name : escaped(name);
    return printable.length() <= MAX_NAME ? printable : printable.substring(0, MAX_NAME) + "…";
  }

  private static String escaped(String name) {
    StringBuilder text = new StringBuilder();
    name.codePoints()
        .limit(MAX_NAME)
        .forEach(c -> text.append(c >= ' ' && c < 0x7F ? Character.toString(c) : "?"));
    return text.toString();
  }
}
