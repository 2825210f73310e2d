package io.tributary.common.job;

/** The sentences in which the job's records refuse a value: key, value, bound. */
final class Checks {
  private Checks() {}

  static void required(String key, Object value) {
    if (value == null) {
      throw new IllegalArgumentException(key + " is missing: the job must state it");
    }
  }

  static void range(String key, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          key + " is " + value + " but must be " + least + " to " + most);
    }
  }

  static void range(String key, double value, double least, double most) {
    if (!(value >= least && value <= most)) {
      throw new IllegalArgumentException(
          key + " is " + value + " but must be " + least + " to " + most);
    }
  }

  static void positive(String key, double value) {
    if (!(value > 0) || Double.isInfinite(value)) {
      throw new IllegalArgumentException(key + " is " + value + " but must be finite and above 0");
    }
  }
}
