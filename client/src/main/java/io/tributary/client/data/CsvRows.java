package io.tributary.client.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Iterator;
import org.apache.commons.csv.CSVException;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/**
 * Each row of a CSV file (RFC 4180) is one text. All rows have as many columns as the first: one
 * more or less is a delimiter without quotes around it, or a row that was cut off. Blank lines are
 * left out.
 *
 * <p>Where quotes do not fit together, nobody can say where the next row begins: that ends the
 * file.
 */
final class CsvRows implements TextFormat {
  @Override
  public void read(Path file, TextCollector into) throws IOException {
    CSVFormat format =
        CSVFormat.RFC4180
            .builder()
            .setDelimiter(into.source().delimiterOf(file))
            .setIgnoreEmptyLines(false)
            .get();
    try (RowLimit reader = new RowLimit(TextFormat.open(file, into), into.limits().maxRowChars());
        CSVParser parser = format.parse(reader)) {
      readRows(file, parser, reader, into);
    }
  }

  private static void readRows(Path file, CSVParser parser, RowLimit limit, TextCollector into)
      throws IOException {
    CsvColumns columns = null;
    Iterator<CSVRecord> rows = parser.iterator();
    long line = 1;
    try {
      while (rows.hasNext()) {
        CSVRecord row = rows.next();
        limit.nextRow();
        if (row.size() == 1 && row.get(0).isEmpty()) {
          line = parser.getCurrentLineNumber() + 1;
          continue;
        }
        boolean first = columns == null;
        if (first) {
          columns = CsvColumns.of(into.source(), row, into.limits().maxColumns());
        }
        if (!first || !into.source().hasHeader()) {
          add(file, line, row, columns, into);
        }
        line = parser.getCurrentLineNumber() + 1;
      }
    } catch (UncheckedIOException e) {
      IOException cause = e.getCause();
      if (limit.exceeded()) {
        into.problems().unreadable(file, line, cause.getMessage());
      } else if (cause instanceof CSVException) {
        // The parser's words are about positions; what is meant is always one of these two.
        into.problems()
            .unreadable(
                file,
                line,
                "quotes do not fit together: a quote in a text must be doubled and one that opens"
                    + " must close; what follows in this file was not read");
      } else {
        throw cause;
      }
    }
  }

  private static void add(
      Path file, long line, CSVRecord row, CsvColumns columns, TextCollector into) {
    if (row.size() == columns.width()) {
      into.addRow(file, line, columns.text(row), columns.label(row));
      return;
    }
    into.countRow();
    into.problems()
        .unreadable(
            file,
            line,
            "the row has "
                + row.size()
                + " columns but the first row has "
                + columns.width()
                + ": put quotes around a text that holds the delimiter, or mend the row");
  }
}
