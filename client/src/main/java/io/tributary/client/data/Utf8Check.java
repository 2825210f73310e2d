package io.tributary.client.data;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.OptionalInt;

/**
 * Finds what is not text in bytes that should be UTF-8, and where: a Latin-1 file trained on as
 * bytes would spoil a model without any other sign.
 */
final class Utf8Check {
  /** Length of the mark that some programs write at the beginning. */
  static final int MARK_BYTES = 3;

  private static final int DECODE_CHARS = 8192;

  private Utf8Check() {}

  /**
   * Checks that all of it is UTF-8 without NUL.
   *
   * @throws BadTextException naming the first byte that is not
   */
  static void requireText(ByteBuffer text) throws BadTextException {
    OptionalInt malformed = malformedOffset(text);
    if (malformed.isPresent()) {
      int offset = malformed.getAsInt();
      throw new BadTextException(
          "is not UTF-8: byte "
              + offset
              + String.format(Locale.ROOT, " (0x%02x)", text.get(text.position() + offset) & 0xFF)
              + " does not belong there; state data.encoding, or convert the file or move it away");
    }
    for (int i = text.position(); i < text.limit(); i++) {
      if (text.get(i) == 0) {
        throw new BadTextException(
            "has a NUL at byte "
                + (i - text.position())
                + ": it is no text, or data.encoding should be utf-16; move it away or state that");
      }
    }
  }

  /** Whether a text begins with UTF-8's byte-order mark. */
  static boolean startsWithMark(byte[] text, int start, int end) {
    return end - start >= MARK_BYTES
        && text[start] == (byte) 0xEF
        && text[start + 1] == (byte) 0xBB
        && text[start + 2] == (byte) 0xBF;
  }

  /** Where the first malformed sequence starts, from the text's position; empty if none does. */
  static OptionalInt malformedOffset(ByteBuffer text) {
    CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer in = text.slice();
    CharBuffer discarded = CharBuffer.allocate(DECODE_CHARS);
    while (true) {
      CoderResult result = decoder.decode(in, discarded, true);
      if (result.isError()) {
        return OptionalInt.of(in.position());
      }
      if (result.isUnderflow()) {
        return OptionalInt.empty();
      }
      discarded.clear();
    }
  }
}
