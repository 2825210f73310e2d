package io.tributary.client.data;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** In what shape a site keeps its texts; {@code data.format} of its file. */
public enum DataFormat {
  /** Each file is one text without a label, whatever folder it lies in. */
  @JsonProperty("text")
  TEXT,
  /** Each file is one text; the folder that it lies in is its label. */
  @JsonProperty("folders")
  FOLDERS,
  /** Each row of a file with columns is one text (RFC 4180). */
  @JsonProperty("csv")
  CSV,
  /** Each line of a file is one JSON object with one text. */
  @JsonProperty("json-lines")
  JSON_LINES;

  /** The format of what is at a path, unless it is stated: by directory and ending. */
  static DataFormat at(Path path) {
    if (Files.isDirectory(path)) {
      return FOLDERS;
    }
    return switch (ending(path)) {
      case "csv", "tsv" -> CSV;
      case "jsonl", "ndjson" -> JSON_LINES;
      default -> TEXT;
    };
  }

  /** What follows the last dot of a file's name, in lower case; empty without a dot. */
  static String ending(Path file) {
    String name = String.valueOf(file.getFileName());
    int dot = name.lastIndexOf('.');
    return dot < 0 ? "" : name.substring(dot + 1).toLowerCase(Locale.ROOT);
  }

  /** Whether texts are chosen from named columns or keys. */
  boolean hasColumns() {
    return this == CSV || this == JSON_LINES;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
