package io.tributary.common.model;

import java.util.Locale;

/** How a constant is written in a job file. */
final class KebabCase {
  private KebabCase() {}

  static String of(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
