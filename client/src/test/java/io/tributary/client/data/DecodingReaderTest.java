package io.tributary.client.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

final class DecodingReaderTest {
  private static String decode(byte[] bytes, TextEncoding encoding) throws IOException {
    return decode(new ByteArrayInputStream(bytes), encoding, 1 << 20);
  }

  private static String decode(InputStream in, TextEncoding encoding, long maxBytes)
      throws IOException {
    StringWriter text = new StringWriter();
    try (DecodingReader reader = new DecodingReader(in, encoding, maxBytes)) {
      reader.transferTo(text);
    }
    return text.toString();
  }

  /** A stream that gives a few bytes at a time, so that characters are cut between them. */
  private static final class Trickle extends ByteArrayInputStream {
    private final int most;

    private Trickle(byte[] bytes, int most) {
      super(bytes);
      this.most = most;
    }

    @Override
    public synchronized int read(byte[] target, int offset, int length) {
      return super.read(target, offset, Math.min(most, length));
    }
  }

  @Property(tries = 200)
  void readsWhatTheLibraryWrites(
      @ForAll @StringLength(max = 40) @CharRange(from = ' ', to = '\u07FF') String piece,
      @ForAll @IntRange(min = 0, max = 1200) int times,
      @ForAll @IntRange(min = 1, max = 7) int most)
      throws IOException {
    String text = (piece + "😀é").repeat(times);
    assertThat(
            decode(
                new Trickle(text.getBytes(StandardCharsets.UTF_8), most),
                TextEncoding.UTF_8,
                1L << 30))
        .isEqualTo(text);
    assertThat(decode(text.getBytes(StandardCharsets.UTF_16), TextEncoding.UTF_16)).isEqualTo(text);
    assertThat(decode(text.getBytes(StandardCharsets.UTF_16BE), TextEncoding.UTF_16))
        .isEqualTo(text);
  }

  @Test
  void readsTheEncodingThatIsStated() throws IOException {
    byte[] bytes = {(byte) 0xE9, (byte) 0x80};
    assertThat(decode(bytes, TextEncoding.ISO_8859_1)).isEqualTo("é\u0080");
    assertThat(decode(bytes, TextEncoding.WINDOWS_1252)).isEqualTo("é€");
    assertThat(decode(new byte[0], TextEncoding.UTF_8)).isEmpty();
  }

  @Test
  void namesThePlaceOfTheFirstWrongByteHoweverFarItIs() {
    byte[] bytes = "ab".repeat(30_000).getBytes(StandardCharsets.UTF_8);
    bytes[50_001] = (byte) 0xE9;
    assertThatThrownBy(() -> decode(bytes, TextEncoding.UTF_8))
        .hasMessageContaining("is not utf-8: byte 50001 (0xe9) does not belong there");
    assertThatThrownBy(() -> decode(new byte[] {'a', (byte) 0x81}, TextEncoding.WINDOWS_1252))
        .hasMessageContaining("is not windows-1252: byte 1 (0x81)");
    assertThatThrownBy(
            () -> decode(new byte[] {0, 'a', (byte) 0xD8, 0, 0, 'b'}, TextEncoding.UTF_16))
        .hasMessageContaining("is not utf-16: byte 2 (0xd8)");
    assertThatThrownBy(() -> decode(new byte[] {'a', (byte) 0xC3}, TextEncoding.UTF_8))
        .hasMessageContaining("byte 1 (0xc3)");
  }

  @Test
  void leavesOutAMarkAtTheBeginningAndRefusesThatOfAnotherEncoding() throws IOException {
    byte[] marked = "\uFEFFa\uFEFF".getBytes(StandardCharsets.UTF_8);
    assertThat(decode(marked, TextEncoding.UTF_8)).isEqualTo("a\uFEFF");
    assertThatThrownBy(() -> decode(marked, TextEncoding.WINDOWS_1252))
        .hasMessageContaining("mark of UTF-8 but data.encoding is windows-1252: state utf-8");
    assertThatThrownBy(() -> decode("a".getBytes(StandardCharsets.UTF_16), TextEncoding.UTF_8))
        .hasMessageContaining("mark of UTF-16 but data.encoding is utf-8: state utf-16");
  }

  @Test
  void readsNoMoreBytesThanItsBound() throws IOException {
    assertThat(decode(new ByteArrayInputStream(new byte[10]), TextEncoding.UTF_8, 10)).hasSize(10);
    assertThatThrownBy(() -> decode(new ByteArrayInputStream(new byte[11]), TextEncoding.UTF_8, 10))
        .hasMessageContaining("more than the 10 bytes");
  }
}
