package io.tributary.client.data;

import io.tributary.common.config.UserErrorException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * The texts of one site, in whatever shape they lay on its disk, and the labels that they have.
 * Only the local trainer reads it; no byte of it ever reaches the wire.
 *
 * <p>Texts come in the order of {@link DataFiles} and of the rows in each file, so that the same
 * files give the same bytes on every machine. They are joined by one newline, so that the last word
 * of one does not run into the first of the next.
 *
 * <p>A data set is immutable; it is read and checked whole, so that a broken file is found before a
 * coordinator counts on the site.
 */
public final class TextDataset {
  private final Path source;
  private final byte[] bytes;
  private final List<Text> texts;

  /**
   * One text.
   *
   * @param label the job's word for what it is; null if it has none
   * @param start its first byte, or token
   * @param end after its last
   */
  record Text(String label, int start, int end) {}

  TextDataset(Path source, byte[] bytes, List<Text> texts) {
    this.source = source;
    this.bytes = bytes;
    this.texts = List.copyOf(texts);
  }

  /**
   * Reads and checks plain UTF-8 texts, each file one of them, whatever their endings; a file's
   * folder is its label.
   *
   * @param path a directory or a file
   * @throws UserErrorException if nothing is there, it cannot be read, there is no text in it, it
   *     is larger than {@link DataLimits} allow, or a file is not UTF-8 (with its name and byte
   *     offset)
   */
  public static TextDataset read(Path path) {
    return DataReader.read(DataSource.ofTexts(path), DataLimits.standard()).sound();
  }

  /** Where the texts were read. */
  public Path source() {
    return source;
  }

  /**
   * All texts, joined by newlines; UTF-8. Not a copy, as they may be large: never to be changed.
   */
  public byte[] bytes() {
    return bytes;
  }

  /** Where in {@link #bytes()} each text is, in order. */
  List<Text> texts() {
    return texts;
  }

  /** Length of {@link #bytes()}. */
  public int byteCount() {
    return bytes.length;
  }

  /** Number of texts; none is empty. */
  public int textCount() {
    return texts.size();
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT, "%s (%,d bytes in %,d texts)", source, bytes.length, texts.size());
  }
}
