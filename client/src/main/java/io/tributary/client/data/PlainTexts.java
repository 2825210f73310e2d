package io.tributary.client.data;

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Each file is one text, whole and as it is; the folder that it lies in may be its label. A file
 * without a byte counts as empty.
 */
final class PlainTexts implements TextFormat {
  private final boolean labelled;

  PlainTexts(boolean labelled) {
    this.labelled = labelled;
  }

  @Override
  public void read(Path file, TextCollector into) throws IOException {
    into.countRow();
    long size = Files.size(file);
    if (size == 0) {
      into.countEmpty();
      return;
    }
    String label = labelled ? DataFiles.folder(into.source().location(), file) : null;
    if (into.source().encoding() == TextEncoding.UTF_8) {
      try (InputStream in = Files.newInputStream(file)) {
        into.appendUtf8(in, (int) size, label);
      }
    } else {
      decode(file, label, into);
    }
  }

  private static void decode(Path file, String label, TextCollector into) throws IOException {
    try (Reader reader = TextFormat.open(file, into)) {
      into.appendDecoded(reader, label);
    }
  }
}
