package io.tributary.client.data;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;

/**
 * A CSV file of numbers with a header, for networks that read no text; {@code data} of a trainer in
 * the site's file.
 *
 * @param path of the file
 * @param label the column with the answer; default: the last one
 * @param features the columns with the numbers, in the network's order; default: all others, in the
 *     file's order
 */
public record NumericSource(String path, String label, List<String> features) {
  private static final int MAX_FEATURES = 10_000;

  /** Checks what can be checked without the file. */
  public NumericSource {
    if (path == null || path.isBlank()) {
      throw new IllegalArgumentException("data.path is missing: name a CSV file of numbers");
    }
    if (features != null) {
      features = List.copyOf(features);
      if (features.isEmpty() || features.size() > MAX_FEATURES) {
        throw new IllegalArgumentException(
            "data.features has " + features.size() + " names but needs 1 to " + MAX_FEATURES);
      }
      if (new HashSet<>(features).size() < features.size()) {
        throw new IllegalArgumentException(
            "data.features names a column twice: name each column once");
      }
      if (label != null && features.contains(label)) {
        throw new IllegalArgumentException(
            "data.features has " + label + ", which is data.label: a network must not see it");
      }
    }
  }

  /** The same, its path relative to a directory. */
  public NumericSource resolvedAgainst(Path directory) {
    return new NumericSource(directory.resolve(path).normalize().toString(), label, features);
  }
}
