package io.tributary.client.data;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.commons.csv.CSVRecord;

/** Where text and label are in the rows of a CSV file. */
final class CsvColumns {
  private static final int SHOWN = 20;
  private static final int SHOWN_CHARS = 40;

  private final int[] text;
  private final int label;
  private final int width;

  private CsvColumns(int[] text, int label, int width) {
    this.text = text;
    this.label = label;
    this.width = width;
  }

  /**
   * Finds the columns that a site names.
   *
   * @param first the file's first row: its header, if it has one
   * @throws BadTextException if the file has not each of them once
   */
  static CsvColumns of(DataSource source, CSVRecord first, int maxColumns) throws BadTextException {
    if (first.size() > maxColumns) {
      throw new BadTextException("has " + first.size() + " columns but the bound is " + maxColumns);
    }
    List<String> names = new ArrayList<>();
    for (int i = 0; i < first.size(); i++) {
      names.add(source.hasHeader() ? first.get(i).strip() : Integer.toString(i + 1));
    }
    int[] text = new int[source.text().size()];
    for (int i = 0; i < text.length; i++) {
      text[i] = find("text", source.text().get(i), names);
    }
    int label = source.label() == null ? -1 : find("label", source.label(), names);
    return new CsvColumns(text, label, first.size());
  }

  private static int find(String key, String wanted, List<String> names) throws BadTextException {
    int at = names.indexOf(wanted.strip());
    if (at < 0) {
      throw new BadTextException(
          "has no column "
              + wanted
              + " for data."
              + key
              + ": its columns are "
              + shown(names)
              + " (is data.delimiter right?)");
    }
    if (names.lastIndexOf(wanted.strip()) != at) {
      throw new BadTextException(
          "has two columns " + wanted + ": rename one, or state data.header: false and numbers");
    }
    return at;
  }

  private static String shown(List<String> names) {
    return names.stream()
            .limit(SHOWN)
            .map(name -> name.length() > SHOWN_CHARS ? name.substring(0, SHOWN_CHARS) + "…" : name)
            .collect(Collectors.joining(", "))
        + (names.size() > SHOWN ? ", …" : "");
  }

  /** How many columns each row must have. */
  int width() {
    return width;
  }

  /** A row's text: its columns joined by newlines, without those that are empty. */
  String text(CSVRecord row) {
    return IntStream.of(text)
        .mapToObj(row::get)
        .filter(part -> !part.isBlank())
        .collect(Collectors.joining("\n"));
  }

  /** A row's label, or null if there are none. */
  String label(CSVRecord row) {
    return label < 0 ? null : row.get(label);
  }
}
