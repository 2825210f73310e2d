package io.tributary.client.data;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.config.UserErrorException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Gathers texts into a {@link TextDataset}, whatever shape they come in: checks each, maps its
 * label, counts, and keeps the bounds. What cannot be used is reported and left out.
 */
final class TextCollector {
  private static final int FIRST_BYTES = 8 * 1024;

  private static final int PIECE_CHARS = 8 * 1024;

  /** Most bytes of UTF-8 for one UTF-16 unit. */
  private static final int MOST_BYTES_A_CHAR = 3;

  private final DataSource source;
  private final DataLimits limits;
  private final DataProblems problems;
  private final CharsetEncoder encoder =
      StandardCharsets.UTF_8
          .newEncoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT);
  private final List<TextDataset.Text> texts = new ArrayList<>();
  private final Map<String, Integer> ownLabels = new TreeMap<>();
  private final Map<String, String> names = new TreeMap<>();
  private byte[] bytes = new byte[FIRST_BYTES];
  private int count;
  private int rows;
  private int emptyTexts;

  TextCollector(DataSource source, DataLimits limits, DataProblems problems) {
    this.source = source;
    this.limits = limits;
    this.problems = problems;
  }

  DataSource source() {
    return source;
  }

  DataLimits limits() {
    return limits;
  }

  DataProblems problems() {
    return problems;
  }

  /** A row or file is there, which may turn out to be empty or bad. */
  void countRow() {
    rows++;
    if (rows > limits.maxRows()) {
      throw tooMuch("more than " + limits.maxRows() + " texts, which is the bound");
    }
  }

  /** It has no text in it. */
  void countEmpty() {
    emptyTexts++;
  }

  /** Makes room at once for so many bytes of texts, newlines between them included. */
  void expect(long total) {
    if (total > limits.maxBytes()) {
      throw tooMuch(total + " bytes of text but the bound is " + limits.maxBytes());
    }
    if (total > limits.room()) {
      throw tooMuchForHeap(total + " bytes of text");
    }
    bytes = new byte[Math.toIntExact(total)];
  }

  /**
   * Adds a row's text.
   *
   * @param line its first
   * @param ownLabel as this site calls it; null if texts have none
   */
  void addRow(Path file, long line, String text, String ownLabel) {
    countRow();
    String label = ownLabel == null ? null : ownLabel.strip();
    String problem = label == null ? null : problemOfLabel(label);
    if (problem == null && text.isBlank()) {
      countEmpty();
      return;
    }
    if (problem == null && text.indexOf('\0') >= 0) {
      problem = "the text holds a NUL character: state data.encoding, or mend the row";
    }
    if (problem == null && !append(text, label)) {
      problem = "the text holds half a character (a lone surrogate): mend the row";
    }
    if (problem != null) {
      problems.unreadable(file, line, problem);
    }
  }

  private String problemOfLabel(String label) {
    if (label.isEmpty()) {
      return "the label is empty: fill it in, or remove the row";
    }
    if (label.length() > limits.maxLabelChars()) {
      return "the label has "
          + label.length()
          + " characters but the bound is "
          + limits.maxLabelChars()
          + ": name the right column in data.label";
    }
    return null;
  }

  /**
   * Encodes a text behind the others.
   *
   * @return whether it is sound; otherwise it is not there
   */
  boolean append(String text, String label) {
    int start = partedStart();
    reserve(start + (long) MOST_BYTES_A_CHAR * text.length());
    ByteBuffer target = ByteBuffer.wrap(bytes, start, bytes.length - start);
    if (encoder.reset().encode(CharBuffer.wrap(text), target, true).isError()) {
      return false;
    }
    keep(start, target.position(), label);
    return true;
  }

  /**
   * Reads a text that is UTF-8 already, byte for byte but for a byte-order mark, behind the others.
   *
   * @param size of the file, which must not change meanwhile
   */
  void appendUtf8(InputStream in, int size, String label) throws IOException {
    int start = partedStart();
    reserve(start + (long) size);
    if (in.readNBytes(bytes, start, size) < size || in.read() >= 0) {
      throw new BadTextException(
          "changed its size while it was read: start again once it is still");
    }
    Utf8Check.requireText(ByteBuffer.wrap(bytes, start, size));
    int end = start + size;
    if (Utf8Check.startsWithMark(bytes, start, end)) {
      System.arraycopy(
          bytes, start + Utf8Check.MARK_BYTES, bytes, start, size - Utf8Check.MARK_BYTES);
      end -= Utf8Check.MARK_BYTES;
    }
    if (end == start) {
      countEmpty();
    } else {
      keep(start, end, label);
    }
  }

  /**
   * Encodes a whole file behind the others, piece by piece.
   *
   * @throws BadTextException if it is no text
   */
  void appendDecoded(Reader in, String label) throws IOException {
    int start = partedStart();
    int end = start;
    CharBuffer piece = CharBuffer.allocate(PIECE_CHARS);
    encoder.reset();
    boolean more = true;
    while (more) {
      more = in.read(piece) >= 0;
      piece.flip();
      if (piece.toString().indexOf('\0') >= 0) {
        throw new BadTextException("has a NUL character: it is no text, or data.encoding is wrong");
      }
      requireRoom(end);
      reserve(end + (long) MOST_BYTES_A_CHAR * piece.remaining());
      ByteBuffer target = ByteBuffer.wrap(bytes, end, bytes.length - end);
      if (encoder.encode(piece, target, !more).isError()) {
        throw new BadTextException("has half a character (a lone surrogate): mend it");
      }
      end = target.position();
      piece.compact();
    }
    if (end == start) {
      countEmpty();
    } else {
      keep(start, end, label);
    }
  }

  /** Where the next text goes, one newline after the last. */
  private int partedStart() {
    if (texts.isEmpty()) {
      return 0;
    }
    reserve(count + 1L);
    bytes[count] = '\n';
    return count + 1;
  }

  private void keep(int start, int end, String ownLabel) {
    requireRoom(end);
    String label = null;
    if (ownLabel != null) {
      ownLabels.merge(ownLabel, 1, Integer::sum);
      if (ownLabels.size() > limits.maxLabels()) {
        throw tooMuch(
            "more than "
                + limits.maxLabels()
                + " different labels, which is the bound (is data.label the right column?)");
      }
      // One string for all texts of a label.
      label = names.computeIfAbsent(ownLabel, source::labelFor);
    }
    texts.add(new TextDataset.Text(label, start, end));
    count = end;
  }

  private void requireRoom(int end) {
    if (end > limits.maxBytes()) {
      throw tooMuch("more than " + limits.maxBytes() + " bytes of text, which is the bound");
    }
    if (end + (long) DataLimits.BYTES_A_TEXT * texts.size() > limits.room()) {
      throw tooMuchForHeap(
          "at least "
              + end
              + " bytes of text in "
              + texts.size()
              + " texts, each with "
              + DataLimits.BYTES_A_TEXT
              + " bytes more,");
    }
  }

  private void reserve(long wanted) {
    // What is encoded may need less than is reserved for it: the bounds themselves come after.
    if (wanted > Integer.MAX_VALUE - 8) {
      throw tooMuch("more bytes of text than can be held");
    }
    if (wanted > bytes.length) {
      long grown = Math.max(wanted, bytes.length + (long) (bytes.length >> 1));
      bytes = Arrays.copyOf(bytes, (int) Math.min(Integer.MAX_VALUE - 8, grown));
    }
  }

  private UserErrorException tooMuch(String what) {
    return new UserErrorException(
        Kind.FAILED,
        "data path " + source.path() + " holds " + what + ": name a smaller directory or file");
  }

  private UserErrorException tooMuchForHeap(String what) {
    return new UserErrorException(
        Kind.FAILED,
        "data path "
            + source.path()
            + " holds "
            + what
            + " but a heap of "
            + limits.heapBytes()
            + " bytes has room for "
            + limits.room()
            + ": raise -Xmx by TRIBUTARY_JAVA_OPTS, or name a smaller directory or file");
  }

  /** What was gathered; null if there is no text. */
  TextDataset dataset() {
    return texts.isEmpty()
        ? null
        : new TextDataset(
            source.location(), count == bytes.length ? bytes : Arrays.copyOf(bytes, count), texts);
  }

  /** Rows or files, empty and bad ones too. */
  int rows() {
    return rows;
  }

  /** Rows or files without a text. */
  int emptyTexts() {
    return emptyTexts;
  }

  /** Texts of each label, as this site calls it. */
  Map<String, Integer> ownLabels() {
    return ownLabels;
  }
}
