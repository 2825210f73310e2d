package io.tributary.client.data;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;

/** How the texts of one file are found; used by {@link DataReader}. */
sealed interface TextFormat permits PlainTexts, CsvRows, JsonLines {
  /**
   * Reads a file's texts, in order. What concerns one row is reported to the collector's problems.
   *
   * @throws BadTextException if the rest of the file cannot be made sense of
   * @throws IOException if it cannot be read
   */
  void read(Path file, TextCollector into) throws IOException;

  /** A file's characters, in the encoding that its site states. */
  static Reader open(Path file, TextCollector into) throws IOException {
    return new DecodingReader(
        Files.newInputStream(file), into.source().encoding(), into.limits().maxFileBytes());
  }
}
