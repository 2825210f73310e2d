package io.tributary.cli.demo;

import io.tributary.transformer.ResidentMemory;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;

/**
 * The most memory that several processes held, each at its own worst moment; so an upper bound of
 * what they held together. Asked while they run, for the system forgets with the process.
 */
final class PeakMemory {
  private final Map<Long, Long> peaks = new LinkedHashMap<>();

  /** Looks at a process. */
  void observe(long pid) {
    long bytes = ResidentMemory.peakBytes(pid);
    if (bytes > 0) {
      peaks.put(pid, bytes);
    }
  }

  /** Sum of all peaks, or empty where the system does not tell. */
  OptionalLong sumBytes() {
    return peaks.isEmpty()
        ? OptionalLong.empty()
        : OptionalLong.of(peaks.values().stream().mapToLong(Long::longValue).sum());
  }
}
