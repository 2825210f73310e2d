package io.tributary.transformer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** How much memory this process holds, heap and native, as Linux counts it. */
public final class ResidentMemory {
  private static final Path STATUS = Path.of("/proc/self/status");

  private ResidentMemory() {}

  /** Most resident memory so far in bytes, or 0 where the system does not tell. */
  public static long peakBytes() {
    return bytes(STATUS, "VmHWM:");
  }

  /** Most resident memory of another process so far, or 0 if it is gone or nobody tells. */
  public static long peakBytes(long pid) {
    return bytes(Path.of("/proc", String.valueOf(pid), "status"), "VmHWM:");
  }

  /** Resident memory now in bytes, or 0 where the system does not tell. */
  static long currentBytes() {
    return bytes(STATUS, "VmRSS:");
  }

  private static long bytes(Path status, String name) {
    try {
      return Files.isReadable(status) ? parse(Files.readAllLines(status), name) : 0;
    } catch (IOException e) {
      return 0;
    }
  }

  /** Reads a line such as {@code VmHWM: 1234 kB}. */
  static long parse(List<String> status, String name) {
    return status.stream()
        .filter(line -> line.startsWith(name))
        .map(line -> line.replaceAll("[^0-9]", ""))
        .filter(digits -> !digits.isEmpty())
        .mapToLong(digits -> Long.parseLong(digits) * 1024)
        .findFirst()
        .orElse(0);
  }
}
