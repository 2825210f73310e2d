package io.tributary.client.data;

import io.tributary.common.config.UserErrorException;
import io.tributary.transformer.network.NumericExamples;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The rows of a {@link NumericSource}, read and checked whole when a site starts: features are
 * numbers, what the labels mean is a job's to say. Immutable.
 */
public final class NumericTable {
  private static final Logger LOG = LoggerFactory.getLogger(NumericTable.class);

  /** Numbers may take one part of so many of the heap: models and updates need the rest. */
  private static final int HEAP_SHARE = 4;

  private final float[][] features;
  private final List<String> labels;

  private NumericTable(float[][] features, List<String> labels) {
    this.features = features;
    this.labels = labels;
  }

  /**
   * Reads the file.
   *
   * @throws UserErrorException naming the file, the line, and what to do
   */
  public static NumericTable read(NumericSource source) {
    return read(source, DataLimits.standard());
  }

  static NumericTable read(NumericSource source, DataLimits limits) {
    Path file = Path.of(source.path());
    CSVFormat format = CSVFormat.RFC4180.builder().setIgnoreEmptyLines(true).get();
    try (RowLimit reader =
            new RowLimit(
                new DecodingReader(
                    Files.newInputStream(file), TextEncoding.UTF_8, limits.maxFileBytes()),
                limits.maxRowChars());
        CSVParser parser = format.parse(reader)) {
      return read(file, source, parser, reader, limits);
    } catch (NoSuchFileException e) {
      throw failed(file + " does not exist: name a CSV file of numbers as data.path", e);
    } catch (UncheckedIOException e) {
      throw failed(file + " is no CSV file: " + e.getCause().getMessage(), e);
    } catch (IOException e) {
      throw failed(file + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static NumericTable read(
      Path file, NumericSource source, CSVParser parser, RowLimit limit, DataLimits limits) {
    List<float[]> features = new ArrayList<>();
    List<String> labels = new ArrayList<>();
    int[] columns = null;
    int label = 0;
    int width = 0;
    long held = 0;
    for (CSVRecord row : parser) {
      limit.nextRow();
      if (columns == null) {
        List<String> names = row.stream().map(String::strip).toList();
        width = names.size();
        label = source.label() == null ? width - 1 : column(file, source.label(), names);
        columns = columns(file, source, names, label, limits.maxColumns());
        continue;
      }
      if (row.size() != width) {
        throw failed(
            where(file, parser) + row.size() + " columns but the header has " + width, null);
      }
      float[] numbers = new float[columns.length];
      for (int i = 0; i < columns.length; i++) {
        numbers[i] = number(file, parser, row.get(columns[i]));
      }
      features.add(numbers);
      labels.add(row.get(label).strip());
      held += (long) columns.length * Float.BYTES + DataLimits.BYTES_A_TEXT;
      if (features.size() > limits.maxRows() || held > limits.heapBytes() / HEAP_SHARE) {
        throw failed(file + " has more rows than fit: raise -Xmx, or name a file with fewer", null);
      }
    }
    if (features.isEmpty()) {
      throw failed(file + " has no rows below its header: give some", null);
    }
    return new NumericTable(features.toArray(new float[0][]), List.copyOf(labels));
  }

  private static int[] columns(
      Path file, NumericSource source, List<String> names, int label, int most) {
    if (names.size() < 2 || names.size() > most) {
      throw failed(
          file
              + " has "
              + names.size()
              + " columns but needs 2 to "
              + most
              + ": numbers and a label",
          null);
    }
    if (source.features() == null) {
      return IntStream.range(0, names.size()).filter(i -> i != label).toArray();
    }
    int[] columns = source.features().stream().mapToInt(n -> column(file, n, names)).toArray();
    if (IntStream.of(columns).anyMatch(i -> i == label)) {
      throw failed("data.features has " + names.get(label) + ", which is the label", null);
    }
    return columns;
  }

  private static int column(Path file, String name, List<String> names) {
    int at = names.indexOf(name.strip());
    if (at < 0 || names.lastIndexOf(name.strip()) != at) {
      throw failed(
          file
              + " has "
              + (at < 0 ? "no column " : "two columns ")
              + name
              + ": name a column of its first row, once",
          null);
    }
    return at;
  }

  private static float number(Path file, CSVParser parser, String text) {
    float number;
    try {
      number = Float.parseFloat(text.strip());
    } catch (NumberFormatException e) {
      throw failed(where(file, parser) + "\"" + text.strip() + "\" where a number is needed", e);
    }
    if (!Float.isFinite(number)) {
      throw failed(where(file, parser) + text.strip() + ", which no network can learn from", null);
    }
    return number;
  }

  private static String where(Path file, CSVParser parser) {
    return file + ", line " + parser.getCurrentLineNumber() + ", has ";
  }

  private static UserErrorException failed(String message, Exception cause) {
    return new UserErrorException(UserErrorException.Kind.FAILED, message, cause);
  }

  /** How many rows there are. */
  public int count() {
    return features.length;
  }

  /**
   * The rows with their answers.
   *
   * @param classes the job's, for one-hot answers in their order; null for labels that are numbers
   * @throws IllegalArgumentException if labels do not fit, in words that hold none of them
   */
  public NumericExamples examples(List<String> classes) {
    return new NumericExamples(features, classes == null ? numbers() : oneHot(classes));
  }

  private float[][] numbers() {
    float[][] answers = new float[labels.size()][1];
    for (int i = 0; i < answers.length; i++) {
      try {
        answers[i][0] = Float.parseFloat(labels.get(i));
      } catch (NumberFormatException e) {
        answers[i][0] = Float.NaN;
      }
      if (!Float.isFinite(answers[i][0])) {
        LOG.warn("row {} has the label {}, which is no number", i + 1, labels.get(i));
        throw new IllegalArgumentException(
            "a label of this site is no number: state the job's data.classes, or mend the data"
                + " (the site's log has the row)");
      }
    }
    return answers;
  }

  private float[][] oneHot(List<String> classes) {
    Map<String, Integer> places =
        IntStream.range(0, classes.size())
            .boxed()
            .collect(Collectors.toMap(classes::get, place -> place));
    List<String> strange =
        labels.stream().filter(label -> !places.containsKey(label)).distinct().toList();
    if (!strange.isEmpty()) {
      LOG.warn("labels that are no class of the job: {}", strange);
      throw new IllegalArgumentException(
          strange.size()
              + " labels of this site are not among the job's data.classes "
              + classes
              + ": the site must rename them (its log names them)");
    }
    float[][] answers = new float[labels.size()][classes.size()];
    for (int i = 0; i < answers.length; i++) {
      answers[i][places.get(labels.get(i))] = 1;
    }
    return answers;
  }
}
