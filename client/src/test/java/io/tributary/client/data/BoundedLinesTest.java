package io.tributary.client.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.common.random.CounterRandom;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class BoundedLinesTest {
  private static List<String> lines(String text, int maxChars) throws IOException {
    List<String> lines = new ArrayList<>();
    try (BoundedLines reader = new BoundedLines(new StringReader(text), maxChars)) {
      String line = reader.next();
      while (line != null) {
        lines.add(reader.tooLong() ? line + "…" : line);
        line = reader.next();
      }
    }
    return lines;
  }

  @Test
  void givesBackTheLinesThatWereJoined() throws IOException {
    for (long seed = 0; seed < 200; seed++) {
      CounterRandom random = new CounterRandom(seed, "lines");
      List<String> expected = new ArrayList<>();
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(6); i >= 0; i--) {
        // Some end exactly where the buffer does.
        String line = "ab\r c".repeat(random.nextInt(4_000)) + ".";
        expected.add(line);
        text.append(line).append(random.nextInt(2) == 0 ? "\n" : "\r\n");
      }
      assertThat(lines(text.toString(), 100_000)).as("seed %d", seed).isEqualTo(expected);
      text.append("no end");
      expected.add("no end");
      assertThat(lines(text.toString(), 100_000)).as("seed %d", seed).isEqualTo(expected);
    }
  }

  @Test
  void cutsALongLineAtTheBoundAndGoesOnAfterIt() throws IOException {
    assertThat(lines("abc\nabcd\nab\n", 3)).containsExactly("abc", "abc…", "ab");
    assertThat(lines("x".repeat(50_000) + "\ny", 10)).containsExactly("x".repeat(10) + "…", "y");
  }

  @Test
  void emptyLinesAreLinesAndNothingHasNone() throws IOException {
    assertThat(lines("", 3)).isEmpty();
    assertThat(lines("\n\r\n", 3)).containsExactly("", "");
  }
}
