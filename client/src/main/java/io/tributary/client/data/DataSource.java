package io.tributary.client.data;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonFormat;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Where a site's texts are and how to read them: {@code data} of its file, which is a path alone or
 * these keys.
 *
 * <pre>{@code
 * data:
 *   path: mails.csv      # a file, or a directory of such files
 *   format: csv          # text, folders, csv, json-lines; default: by what is there
 *   text: body           # column with the text, or a list of columns
 *   label: kind          # column with the label; absent: texts without labels
 *   labels: {junk: spam} # this site's own words for the job's classes
 * }</pre>
 *
 * @param path a file, or a directory that is read with everything below it
 * @param format null for what {@link DataFormat#at} finds
 * @param text columns (from 1 without a header) or keys, whose texts are joined by newlines
 * @param label column or key, or null
 * @param labels a site's own labels to the job's classes; others keep their name; or null
 * @param delimiter one character between columns, or {@code tab}; null for a comma, a tab in .tsv
 * @param header whether the first row names the columns; null for true
 * @param encoding of every file; default UTF-8
 */
public record DataSource(
    String path,
    DataFormat format,
    @JsonFormat(with = JsonFormat.Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY) List<String> text,
    String label,
    Map<String, String> labels,
    String delimiter,
    Boolean header,
    TextEncoding encoding) {
  private static final int MAX_TEXT_COLUMNS = 64;
  private static final int MAX_NAME_CHARS = 256;
  private static final int MAX_LABELS = 10_000;
  private static final Pattern COLUMN_NUMBER = Pattern.compile("[1-9][0-9]{0,3}");

  /** Checks every value, and together what is known without looking at the path. */
  @JsonCreator(mode = JsonCreator.Mode.PROPERTIES)
  public DataSource {
    if (path == null || path.isBlank()) {
      throw new IllegalArgumentException(
          "data.path is missing: name a directory of text files, or a file");
    }
    if (text != null) {
      text = List.copyOf(text);
      requireColumns(text);
    }
    if (label != null) {
      requireName("label", label);
    }
    labels = labels == null || labels.isEmpty() ? null : checked(labels);
    if (delimiter != null && !isDelimiter(delimiter)) {
      throw new IllegalArgumentException(
          "data.delimiter is "
              + delimiter
              + " but must be one character that is no quote and no line break, or tab");
    }
    encoding = encoding == null ? TextEncoding.UTF_8 : encoding;
    if (Boolean.FALSE.equals(header)) {
      requireNumbers(text, label);
    }
    if (format != null) {
      requireFit(format, text, label, labels, delimiter, header);
    }
  }

  /** What is at a path, read as its kind is read by default. */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public static DataSource of(String path) {
    return new DataSource(path, null, null, null, null, null, null, null);
  }

  /** Files of plain text at a path, whatever their endings; folders are labels. */
  static DataSource ofTexts(Path path) {
    return new DataSource(
        path.toString(), DataFormat.FOLDERS, null, null, null, null, null, TextEncoding.UTF_8);
  }

  /** The same, its path relative to a directory. */
  public DataSource resolvedAgainst(Path directory) {
    return new DataSource(
        directory.resolve(path).normalize().toString(),
        format,
        text,
        label,
        labels,
        delimiter,
        header,
        encoding);
  }

  /**
   * The same with its format filled in from what is there.
   *
   * @throws IllegalArgumentException if the keys do not fit it
   */
  DataSource completed() {
    return new DataSource(
        path,
        format == null ? DataFormat.at(location()) : format,
        text,
        label,
        labels,
        delimiter,
        header,
        encoding);
  }

  /** {@link #path} as one. */
  Path location() {
    return Path.of(path);
  }

  /** The job's word for a label of this site. */
  public String labelFor(String own) {
    return labels == null ? own : labels.getOrDefault(own, own);
  }

  /** What parts the columns of a file. */
  char delimiterOf(Path file) {
    if (delimiter == null) {
      return DataFormat.ending(file).equals("tsv") ? '\t' : ',';
    }
    return delimiter.equals("tab") ? '\t' : delimiter.charAt(0);
  }

  /** Whether the first row names the columns. */
  boolean hasHeader() {
    return header == null || header;
  }

  private static void requireColumns(List<String> text) {
    if (text.isEmpty() || text.size() > MAX_TEXT_COLUMNS) {
      throw new IllegalArgumentException(
          "data.text has "
              + text.size()
              + " names but must have 1 to "
              + MAX_TEXT_COLUMNS
              + ": name the column with the text");
    }
    for (String name : text) {
      requireName("text", name);
    }
    if (new HashSet<>(text).size() < text.size()) {
      throw new IllegalArgumentException("data.text is " + text + ": name each column once");
    }
  }

  private static void requireName(String key, String name) {
    if (name.isBlank() || name.length() > MAX_NAME_CHARS) {
      throw new IllegalArgumentException(
          "data." + key + " must be the name of a column, 1 to " + MAX_NAME_CHARS + " characters");
    }
  }

  private static void requireNumbers(List<String> text, String label) {
    if (text != null) {
      text.forEach(name -> requireNumber("text", name));
    }
    if (label != null) {
      requireNumber("label", label);
    }
  }

  private static void requireNumber(String key, String name) {
    if (!COLUMN_NUMBER.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "data."
              + key
              + " is "
              + name
              + " but without a header it must be the number of a column, counted from 1");
    }
  }

  private static Map<String, String> checked(Map<String, String> labels) {
    if (labels.size() > MAX_LABELS) {
      throw new IllegalArgumentException(
          "data.labels has " + labels.size() + " entries but at most " + MAX_LABELS + " are read");
    }
    Map<String, String> checked = new TreeMap<>();
    labels.forEach(
        (own, name) -> {
          if (own.isBlank() || name == null || name.isBlank()) {
            throw new IllegalArgumentException(
                "data.labels has "
                    + own
                    + ": "
                    + name
                    + " but must have a label of this site and one of the job's classes");
          }
          if (checked.put(own.strip(), name.strip()) != null) {
            throw new IllegalArgumentException(
                "data.labels has " + own.strip() + " twice: name each label once");
          }
        });
    return Collections.unmodifiableMap(checked);
  }

  private static boolean isDelimiter(String delimiter) {
    return delimiter.equals("tab")
        || (delimiter.length() == 1 && "\"\r\n\0\uFEFF".indexOf(delimiter.charAt(0)) < 0);
  }

  private static void requireFit(
      DataFormat format,
      List<String> text,
      String label,
      Map<String, String> labels,
      String delimiter,
      Boolean header) {
    if (format.hasColumns() && text == null) {
      throw new IllegalArgumentException(
          "data.text is missing: data.format is "
              + format
              + ", so name the column with the text (or state data.format: text)");
    }
    if (!format.hasColumns()) {
      refuseUnused("text", text, format, "csv and json-lines");
      refuseUnused("label", label, format, "csv and json-lines");
    }
    if (format != DataFormat.CSV) {
      refuseUnused("delimiter", delimiter, format, "csv");
      refuseUnused("header", header, format, "csv");
    }
    if (format == DataFormat.TEXT) {
      refuseUnused("labels", labels, format, "folders, csv and json-lines");
    } else if (format.hasColumns() && labels != null && label == null) {
      throw new IllegalArgumentException(
          "data.labels is stated but data.label is not: name the column with the label");
    }
  }

  private static void refuseUnused(String key, Object value, DataFormat format, String users) {
    if (value != null) {
      throw new IllegalArgumentException(
          "data."
              + key
              + " is "
              + value
              + " but data.format is "
              + format
              + ", which does not use it: leave it out, or state data.format ("
              + users
              + ")");
    }
  }
}
