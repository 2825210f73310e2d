package io.tributary.client.data;

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.util.Locale;

/**
 * Characters of a file in its stated encoding, piece by piece. What the encoding does not know ends
 * it with the place of the first wrong byte; {@code InputStreamReader} would put question marks
 * there.
 *
 * <p>The mark that some programs write at the beginning of a file is left out, and one that says
 * another encoding is an error.
 */
final class DecodingReader extends Reader {
  private static final int BUFFER = 16 * 1024;
  private static final char BYTE_ORDER_MARK = '\uFEFF';

  private final InputStream in;
  private final TextEncoding encoding;
  private final long maxBytes;
  private final CharsetDecoder decoder;
  private final ByteBuffer bytes = ByteBuffer.allocate(BUFFER).flip();
  private final CharBuffer chars = CharBuffer.allocate(BUFFER).flip();
  private long bytesRead;
  private boolean first = true;
  private boolean exhausted; // no more bytes; a file that grows meanwhile is read to here
  private boolean ended; // and no more characters

  /**
   * Starts at a file's first byte.
   *
   * @param in closed with this
   * @param maxBytes that are read before it is an error
   */
  DecodingReader(InputStream in, TextEncoding encoding, long maxBytes) {
    this.in = in;
    this.encoding = encoding;
    this.maxBytes = maxBytes;
    this.decoder =
        encoding
            .charset()
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
  }

  @Override
  public int read(char[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (!chars.hasRemaining()) {
      if (ended) {
        return -1;
      }
      decodeMore();
    }
    int count = Math.min(length, chars.remaining());
    chars.get(target, offset, count);
    return count;
  }

  private void decodeMore() throws IOException {
    fill();
    if (first && encoding != TextEncoding.UTF_8 && startsWith(0xEF, 0xBB, 0xBF)) {
      throw new BadTextException(
          "begins with the mark of UTF-8 but data.encoding is " + encoding + ": state utf-8");
    }
    if (first
        && encoding == TextEncoding.UTF_8
        && (startsWith(0xFF, 0xFE) || startsWith(0xFE, 0xFF))) {
      throw new BadTextException(
          "begins with the mark of UTF-16 but data.encoding is utf-8: state utf-16");
    }
    chars.clear();
    CoderResult result = decoder.decode(bytes, chars, exhausted);
    if (result.isError()) {
      long offset = bytesRead - bytes.remaining();
      throw new BadTextException(
          "is not "
              + encoding
              + ": byte "
              + offset
              + String.format(Locale.ROOT, " (0x%02x)", bytes.get(bytes.position()) & 0xFF)
              + " does not belong there; state data.encoding, or convert the file or move it away");
    }
    if (exhausted && result.isUnderflow()) {
      decoder.flush(chars);
      ended = true;
    }
    chars.flip();
    if (first && chars.hasRemaining()) {
      first = false;
      if (chars.get(0) == BYTE_ORDER_MARK) {
        chars.get();
      }
    }
  }

  private boolean startsWith(int... mark) {
    if (bytes.remaining() < mark.length) {
      return false;
    }
    for (int i = 0; i < mark.length; i++) {
      if ((bytes.get(bytes.position() + i) & 0xFF) != mark[i]) {
        return false;
      }
    }
    return true;
  }

  /** Fills the bytes up, or finds the end. */
  private void fill() throws IOException {
    bytes.compact();
    while (bytes.hasRemaining() && !exhausted) {
      int count = in.read(bytes.array(), bytes.position(), bytes.remaining());
      if (count < 0) {
        exhausted = true;
      } else {
        bytes.position(bytes.position() + count);
        bytesRead += count;
      }
    }
    bytes.flip();
    if (bytesRead > maxBytes) {
      throw new BadTextException(
          "has more than the " + maxBytes + " bytes that are read of one file: split it");
    }
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
