package io.tributary.common.model;

/** The sentences in which a model's records refuse a value: key, value, bound. */
final class Sizes {
  private Sizes() {}

  static void require(String key, int value, int atLeast, int atMost) {
    if (value < atLeast || value > atMost) {
      throw new IllegalArgumentException(
          key + " is " + value + ": it must be between " + atLeast + " and " + atMost);
    }
  }

  static void require(String key, double value, double atLeast, double atMost) {
    if (!(value >= atLeast && value <= atMost)) {
      throw new IllegalArgumentException(
          key + " is " + value + ": it must be between " + atLeast + " and " + atMost);
    }
  }

  /** Refuses a value that would be ignored: who states it expects something of it. */
  static void requireAbsent(String key, Object value, String owner) {
    if (value != null) {
      throw new IllegalArgumentException(
          key + " is " + value + " but belongs to " + owner + " only: leave it out");
    }
  }

  static <T> T required(String key, T value, String owner) {
    if (value == null) {
      throw new IllegalArgumentException(key + " is missing: " + owner + " needs it");
    }
    return value;
  }
}
