package io.tributary.common.store;

/**
 * Hears of each {@link CrashMoment} as it is passed. {@link #NONE} in production; the crash
 * campaign's test-scope mains kill the process there, the simulator ends its fake process.
 */
@FunctionalInterface
public interface CrashPoint {
  /** Does nothing. */
  CrashPoint NONE = moment -> {};

  /** The moment is now, on the thread that does the work. May not return. */
  void reached(CrashMoment moment);
}
