package io.tributary.transformer.decode;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Turns bytes that come in pieces into whole characters: the bytes of an unfinished character wait
 * for the rest. What is no UTF-8 becomes U+FFFD.
 */
final class CharacterStream {
  private static final int LONGEST_CHARACTER = 4;

  private final CharsetDecoder decoder =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPLACE)
          .onUnmappableCharacter(CodingErrorAction.REPLACE);
  private byte[] waiting = new byte[0];

  /** The characters that are complete with these bytes. */
  String take(byte[] bytes, int from, int to) {
    ByteBuffer in = ByteBuffer.allocate(waiting.length + to - from);
    in.put(waiting).put(bytes, from, to - from).flip();
    CharBuffer out = CharBuffer.allocate(in.remaining()); // no character is longer in UTF-16
    CoderResult result = decoder.decode(in, out, false);
    if (!result.isUnderflow() || in.remaining() >= LONGEST_CHARACTER) {
      throw new IllegalStateException("UTF-8 decoder stopped at " + in + ": " + result);
    }
    waiting = new byte[in.remaining()];
    in.get(waiting);
    return out.flip().toString();
  }
}
