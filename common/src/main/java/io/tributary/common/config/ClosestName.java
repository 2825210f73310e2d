package io.tributary.common.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/**
 * The known name nearest to a mistyped one, for "did you mean …?" in {@link ConfigReader}.
 *
 * <p>Nearness is the optimal string alignment distance (insert, delete, replace, swap neighbours);
 * more than a third of the letters wrong is a guess, and no guess is made.
 */
final class ClosestName {
  /** Longer names are hostile, not mistyped: the distance costs time in the product of lengths. */
  private static final int MAX_LENGTH = 64;

  private ClosestName() {}

  static Optional<String> of(String name, Collection<String> known) {
    if (name.length() > MAX_LENGTH) {
      return Optional.empty();
    }
    String wanted = normal(name);
    return known.stream()
        .filter(
            candidate -> distance(wanted, normal(candidate)) <= Math.max(1, wanted.length() / 3))
        .min(
            Comparator.comparingInt((String candidate) -> distance(wanted, normal(candidate)))
                .thenComparing(Comparator.naturalOrder()));
  }

  /** camelCase, snake_case and kebab-case of one name are the same name. */
  private static String normal(String name) {
    return name.replaceAll("[-_ ]", "").toLowerCase(Locale.ROOT);
  }

  static int distance(String a, String b) {
    int[][] cost = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          cost[i][j] = i + j;
          continue;
        }
        boolean same = a.charAt(i - 1) == b.charAt(j - 1);
        cost[i][j] =
            Math.min(
                Math.min(cost[i - 1][j], cost[i][j - 1]) + 1, cost[i - 1][j - 1] + (same ? 0 : 1));
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          cost[i][j] = Math.min(cost[i][j], cost[i - 2][j - 2] + 1);
        }
      }
    }
    return cost[a.length()][b.length()];
  }
}
