package io.tributary.client.process;

/** Text of a stranger as one line of a log: what would steer a terminal becomes a question mark. */
final class PrintableText {
  private PrintableText() {}

  static String of(String text) {
    StringBuilder printable = new StringBuilder(text.length());
    text.codePoints()
        .map(c -> c == '\t' ? ' ' : c)
        .forEach(c -> printable.appendCodePoint(steers(c) ? '?' : c));
    return printable.toString();
  }

  private static boolean steers(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          true;
      default -> false;
    };
  }
}
