package io.tributary.cli.generate;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Byte strings on a command line: text with {@code \n \r \t \\ \xHH}. */
public final class ByteEscapes {
  private ByteEscapes() {}

  /**
   * UTF-8 of a text, its escapes replaced.
   *
   * @throws IllegalArgumentException naming an escape that there is not
   */
  public static byte[] bytes(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int plain = 0;
    for (int at = text.indexOf('\\'); at >= 0; at = text.indexOf('\\', plain)) {
      bytes.writeBytes(text.substring(plain, at).getBytes(StandardCharsets.UTF_8));
      plain = at + escape(text, at, bytes);
    }
    bytes.writeBytes(text.substring(plain).getBytes(StandardCharsets.UTF_8));
    return bytes.toByteArray();
  }

  /** Length of the escape at an index. */
  private static int escape(String text, int at, ByteArrayOutputStream bytes) {
    char kind = at + 1 < text.length() ? text.charAt(at + 1) : ' ';
    switch (kind) {
      case 'n' -> bytes.write('\n');
      case 'r' -> bytes.write('\r');
      case 't' -> bytes.write('\t');
      case '\\' -> bytes.write('\\');
      case 'x' -> {
        if (at + 4 > text.length() || !text.substring(at + 2, at + 4).matches("[0-9a-fA-F]{2}")) {
          throw unknown(text, at);
        }
        bytes.write(HexFormat.fromHexDigits(text, at + 2, at + 4));
        return 4;
      }
      default -> throw unknown(text, at);
    }
    return 2;
  }

  private static IllegalArgumentException unknown(String text, int at) {
    return new IllegalArgumentException(
        "\""
            + text
            + "\" has an unknown escape at character "
            + (at + 1)
            + ": \\n, \\r, \\t, \\\\ and \\xHH are known");
  }
}
