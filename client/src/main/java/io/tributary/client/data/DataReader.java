package io.tributary.client.data;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.config.UserErrorException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Reads what a site's file names as its data, whatever its shape.
 *
 * <pre>
 *   DataFiles ──► PlainTexts | CsvRows | JsonLines ──► TextCollector ──► TextDataset
 *                         └──────── DataProblems ────────┘
 * </pre>
 *
 * <p>Bad rows and files are collected, not only the first found. What concerns all of it (nothing
 * is there, a bound is reached) ends the reading at once.
 */
public final class DataReader {
  private static final List<String> TABLE_ENDINGS = List.of("csv", "tsv", "jsonl", "ndjson");

  private DataReader() {}

  /**
   * Reads everything, good or bad.
   *
   * @throws UserErrorException if nothing is there, the keys do not fit what is there, or there is
   *     more than {@code limits} allow
   */
  public static DataReading read(DataSource stated, DataLimits limits) {
    DataSource source = completed(stated);
    List<Path> files = DataFiles.at(source.location(), limits);
    DataProblems problems = new DataProblems(limits.maxProblems());
    TextCollector collector = new TextCollector(source, limits, problems);
    TextFormat format =
        switch (source.format()) {
          case TEXT -> new PlainTexts(false);
          case FOLDERS -> new PlainTexts(true);
          case CSV -> new CsvRows();
          case JSON_LINES -> new JsonLines(limits);
        };
    if (!source.format().hasColumns() && source.encoding() == TextEncoding.UTF_8) {
      expectPlain(files, collector);
    }
    for (Path file : files) {
      try {
        format.read(file, collector);
      } catch (BadTextException e) {
        problems.unreadable(file, null, "the file " + e.getMessage());
      } catch (IOException e) {
        problems.unreadable(
            file, null, "cannot be read (" + e + "): check that it is there and readable");
      }
    }
    TextDataset dataset = collector.dataset();
    if (dataset == null && !problems.anyUnreadable()) {
      problems.unreadable(null, null, nothingIn(source));
    }
    warnOfTables(stated, files, problems);
    warnOfUnusedLabels(source, collector.ownLabels(), problems);
    return new DataReading(
        source,
        dataset,
        files.size(),
        collector.rows(),
        collector.emptyTexts(),
        new TreeMap<>(collector.ownLabels()),
        problems.kept(),
        problems.leftOut(),
        !problems.anyUnreadable());
  }

  private static DataSource completed(DataSource stated) {
    try {
      return stated.completed();
    } catch (IllegalArgumentException e) {
      throw new UserErrorException(Kind.USAGE, e.getMessage(), e);
    }
  }

  /** All bounds are checked before one file is read. */
  private static void expectPlain(List<Path> files, TextCollector collector) {
    long total = 0;
    int texts = 0;
    for (Path file : files) {
      try {
        long size = Files.size(file);
        total += size;
        texts += size > 0 ? 1 : 0;
      } catch (IOException e) {
        throw DataFiles.unreadable(file, e);
      }
    }
    collector.expect(total + Math.max(0, texts - 1)); // one newline between each two
  }

  private static String nothingIn(DataSource source) {
    return "data path "
        + source.path()
        + (Files.isDirectory(source.location()) ? " holds no text" : " is empty")
        + " (files whose names start with a dot are left out): put texts there, as "
        + source.format();
  }

  /** A directory's format is never guessed by its files, so its owner may have meant another. */
  private static void warnOfTables(DataSource stated, List<Path> files, DataProblems problems) {
    long tables =
        files.stream().filter(file -> TABLE_ENDINGS.contains(DataFormat.ending(file))).count();
    if (stated.format() == null && tables > 0 && Files.isDirectory(stated.location())) {
      problems.warn(
          null,
          tables
              + " files end in .csv, .tsv, .jsonl or .ndjson but are read as plain text: state"
              + " data.format if that is not meant");
    }
  }

  private static void warnOfUnusedLabels(
      DataSource source, Map<String, Integer> ownLabels, DataProblems problems) {
    if (source.labels() != null) {
      source.labels().keySet().stream()
          .filter(own -> !ownLabels.containsKey(own))
          .forEach(
              own ->
                  problems.warn(
                      null, "data.labels maps " + own + " but no text here has that label"));
    }
  }
}
