package io.tributary.client.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Short ways to write a file of data, read it, and see what came of it. */
final class Readings {
  static final DataLimits LIMITS = DataLimits.forHeap(1L << 30);

  private Readings() {}

  /** Row limits that a test reaches. */
  static DataLimits small(int maxRows, int maxRowChars, int maxProblems) {
    return new DataLimits(
        1 << 20, 1L << 30, 100, 8, 1 << 20, maxRows, maxRowChars, 10, 5, 20, maxProblems);
  }

  static DataSource csv(Path file, String text, String label) {
    return new DataSource(
        file.toString(), DataFormat.CSV, List.of(text), label, null, null, null, null);
  }

  static DataSource jsonLines(Path file, String text, String label) {
    return new DataSource(
        file.toString(), DataFormat.JSON_LINES, List.of(text), label, null, null, null, null);
  }

  static DataSource folders(Path directory, Map<String, String> labels, TextEncoding encoding) {
    return new DataSource(
        directory.toString(), DataFormat.FOLDERS, null, null, labels, null, null, encoding);
  }

  static DataReading read(DataSource source) {
    return DataReader.read(source, LIMITS);
  }

  static Path write(Path file, String text) {
    return write(file, text.getBytes(StandardCharsets.UTF_8));
  }

  static Path write(Path file, byte[] bytes) {
    try {
      Files.createDirectories(file.getParent());
      return Files.write(file, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Each text, after its label and a colon if it has one. */
  static List<String> texts(DataReading reading) {
    TextDataset dataset = reading.dataset();
    if (dataset == null) {
      return List.of();
    }
    return dataset.texts().stream()
        .map(
            text ->
                (text.label() == null ? "" : text.label() + ":")
                    + new String(
                        dataset.bytes(),
                        text.start(),
                        text.end() - text.start(),
                        StandardCharsets.UTF_8))
        .toList();
  }

  /** Line and message of each problem. */
  static List<String> problems(DataReading reading) {
    return reading.problems().stream()
        .map(problem -> (problem.line() == null ? "" : problem.line() + " ") + problem.message())
        .toList();
  }
}
