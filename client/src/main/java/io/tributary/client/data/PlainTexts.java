package io.tributary.client.data;

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.io.StringWriter;
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
    StringWriter text = new StringWriter();
    try (Reader reader = TextFormat.open(file, into)) {
      reader.transferTo(text);
    }
    if (text.getBuffer().indexOf("\0") >= 0) {
      throw new BadTextException("has a NUL character: it is no text, or data.encoding is wrong");
    }
    if (text.getBuffer().isEmpty()) {
      into.countEmpty();
    } else if (!into.append(text.toString(), label)) {
      throw new BadTextException("has half a character (a lone surrogate): mend it");
    }
  }
}
