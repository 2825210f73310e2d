package io.tributary.client.data;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;

/**
 * Finds the first byte that is not UTF-8, so that {@link TextDataset} can say where it stands: a
 * Latin-1 file trained on as bytes would spoil a model without any other sign.
 */
final class Utf8Check {
  private static final int DECODE_CHARS = 8192;

  private Utf8Check() {}

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
