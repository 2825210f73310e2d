package io.tributary.client.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class LineReaderTest {
  private static final int LONGEST = 5;

  private static LineReader over(byte[] bytes, int piece) {
    // A pipe gives as much as there is, not as much as is asked.
    InputStream pieces =
        new ByteArrayInputStream(bytes) {
          @Override
          public synchronized int read(byte[] buffer, int off, int len) {
            return super.read(buffer, off, Math.min(len, piece));
          }

          @Override
          public int read(byte[] buffer) {
            return read(buffer, 0, buffer.length);
          }
        };
    return new LineReader(pieces, LONGEST);
  }

  @Property
  void linesAreWhatStandsBetweenLineFeedsWhateverComesAtOnce(
      @ForAll @Size(max = 40) List<@IntRange(min = 9, max = 12) Integer> values,
      @ForAll @IntRange(min = 1, max = 50) int piece)
      throws IOException {
    byte[] bytes = new byte[values.size()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = values.get(i).byteValue(); // 10 is the line feed
    }
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    List<String> expected = Arrays.asList(text.split("\n", -1));
    LineReader reader = over(bytes, piece);
    for (int i = 0; i < expected.size(); i++) {
      String whole = expected.get(i);
      LineReader.Line line = reader.next();
      if (i == expected.size() - 1 && whole.isEmpty()) {
        assertThat(line).isNull();
        return;
      }
      String kept = whole.substring(0, Math.min(LONGEST, whole.length()));
      assertThat(new String(line.bytes(), StandardCharsets.ISO_8859_1)).isEqualTo(kept);
      assertThat(line.cut()).isEqualTo(whole.length() > LONGEST);
    }
    assertThat(reader.next()).isNull();
  }

  @Test
  void keepsNothingOfAFloodWithoutLineFeeds() throws IOException {
    ByteArrayOutputStream flood = new ByteArrayOutputStream();
    flood.write(new byte[1 << 22]);
    flood.write('\n');
    LineReader reader = over(flood.toByteArray(), 1 << 16);
    LineReader.Line line = reader.next();
    assertThat(line.bytes()).hasSize(LONGEST);
    assertThat(line.cut()).isTrue();
    assertThat(reader.next()).isNull();
  }
}
