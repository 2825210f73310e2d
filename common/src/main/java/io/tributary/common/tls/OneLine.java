package io.tributary.common.tls;

/** Makes text that a peer chose, or a library worded, safe to stand in one line of a log. */
final class OneLine {
  private static final int MAX_CHARACTERS = 200;

  private OneLine() {}

  static String of(Throwable failure) {
    String message = failure.getMessage();
    return message == null || message.isBlank() ? failure.getClass().getSimpleName() : of(message);
  }

  static String of(String text) {
    String line = text.strip().replaceAll("[^\\x20-\\x7e]+", " ");
    return line.length() <= MAX_CHARACTERS ? line : line.substring(0, MAX_CHARACTERS) + "...";
  }
}
