package io.tributary.client.data;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.tributary.common.random.CounterRandom;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tables of chance, written by the simplest writer there is: read back as they were, and, after a
 * few bytes are changed, always with an answer and within bounds.
 */
final class DataReadersFuzzTest {
  private static final int MAX_PROBLEMS = 5;
  private static final DataLimits LIMITS = Readings.small(200, 500, MAX_PROBLEMS);
  private static final String[] PARTS = {
    "a", "word", "\"", ",", ";", "\n", "\r\n", "é", "😀", "\\", "{", "}", ":", "\t", "0", "null",
    " "
  };

  @TempDir private Path directory;

  private record Row(String text, String label) {}

  private static List<Row> rows(CounterRandom random) {
    List<Row> rows = new ArrayList<>();
    for (int i = random.nextInt(8); i >= 0; i--) {
      StringBuilder text = new StringBuilder("x");
      for (int n = random.nextInt(12); n > 0; n--) {
        text.append(PARTS[random.nextInt(PARTS.length)]);
      }
      rows.add(new Row(text.toString(), "label" + random.nextInt(3)));
    }
    return rows;
  }

  private static String quoted(String value) {
    return '"' + value.replace("\"", "\"\"") + '"';
  }

  private static String csv(List<Row> rows, String end) {
    StringBuilder text = new StringBuilder("id,kind,body").append(end);
    for (Row row : rows) {
      text.append("1,").append(row.label()).append(',').append(quoted(row.text())).append(end);
    }
    return text.toString();
  }

  private static String jsonLines(List<Row> rows, String end) {
    StringBuilder text = new StringBuilder();
    for (Row row : rows) {
      text.append("{\"id\": [1], \"kind\": \"")
          .append(row.label())
          .append("\", \"body\": \"")
          .append(JsonStringEncoder.getInstance().quoteAsString(row.text()))
          .append("\"}")
          .append(end);
    }
    return text.toString();
  }

  private DataSource source(DataFormat format, byte[] bytes) {
    Path file = Readings.write(directory.resolve("table"), bytes);
    return new DataSource(file.toString(), format, List.of("body"), "kind", null, null, null, null);
  }

  @Test
  void whatWasWrittenIsRead() {
    for (long seed = 0; seed < 500; seed++) {
      CounterRandom random = new CounterRandom(seed, "tables");
      List<Row> rows = rows(random);
      List<String> expected = rows.stream().map(row -> row.label() + ":" + row.text()).toList();
      String end = random.nextInt(2) == 0 ? "\n" : "\r\n";
      for (DataFormat format : List.of(DataFormat.CSV, DataFormat.JSON_LINES)) {
        String text = format == DataFormat.CSV ? csv(rows, end) : jsonLines(rows, end);
        DataReading reading =
            DataReader.read(source(format, text.getBytes(StandardCharsets.UTF_8)), LIMITS);
        assertThat(Readings.texts(reading)).as("seed %d %s", seed, format).isEqualTo(expected);
        assertThat(reading.usable()).as("seed %d %s", seed, format).isTrue();
      }
    }
  }

  @Test
  void changedBytesGiveTextsOrProblemsAndNeverAnythingElse() {
    int unusable = 0;
    for (long seed = 0; seed < 3_000; seed++) {
      CounterRandom random = new CounterRandom(seed, "hostile tables");
      DataFormat format = seed % 2 == 0 ? DataFormat.CSV : DataFormat.JSON_LINES;
      List<Row> rows = rows(random);
      byte[] bytes =
          (format == DataFormat.CSV ? csv(rows, "\n") : jsonLines(rows, "\n"))
              .getBytes(StandardCharsets.UTF_8);
      bytes = mutated(bytes, random);
      DataReading reading = DataReader.read(source(format, bytes), LIMITS);
      String name = "seed " + seed;
      assertThat(reading.usable() || !reading.problems().isEmpty()).as(name).isTrue();
      assertThat(reading.problems().size()).as(name).isLessThanOrEqualTo(MAX_PROBLEMS);
      assertThat(reading.rows()).as(name).isLessThanOrEqualTo(LIMITS.maxRows());
      if (reading.dataset() != null) {
        ByteBuffer texts = ByteBuffer.wrap(reading.dataset().bytes());
        assertThat(Utf8Check.malformedOffset(texts)).as(name).isEmpty();
        assertThat(reading.dataset().byteCount()).as(name).isLessThanOrEqualTo(3 * bytes.length);
        assertThat(Readings.texts(reading)).as(name).noneMatch(text -> text.contains("\0"));
      }
      unusable += reading.usable() ? 0 : 1;
    }
    assertThat(unusable).as("most changes are noticed").isGreaterThan(1_000);
  }

  /** Flips, drops, doubles or cuts. */
  private static byte[] mutated(byte[] bytes, CounterRandom random) {
    byte[] changed = bytes;
    for (int n = random.nextInt(4); n >= 0 && changed.length > 1; n--) {
      int at = random.nextInt(changed.length);
      switch (random.nextInt(4)) {
        case 0 -> changed[at] = (byte) random.nextInt(256);
        case 1 -> changed = joined(changed, 0, at, at + 1, changed.length);
        case 2 -> changed = joined(changed, 0, at, at / 2, changed.length);
        default -> changed = joined(changed, 0, at, at, at);
      }
    }
    return changed;
  }

  private static byte[] joined(byte[] bytes, int from1, int to1, int from2, int to2) {
    byte[] joined = new byte[to1 - from1 + to2 - from2];
    System.arraycopy(bytes, from1, joined, 0, to1 - from1);
    System.arraycopy(bytes, from2, joined, to1 - from1, to2 - from2);
    return joined;
  }
}
