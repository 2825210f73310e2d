package io.tributary.coordinator.job;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the operating system says of this process's memory. */
final class ProcessMemory {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Pattern PEAK = Pattern.compile("(?m)^VmHWM:\\s+(\\d+) kB$");
  private static final long BYTES_PER_KIB = 1024;

  private ProcessMemory() {}

  /** Most bytes that were resident at once, or null where there is no Linux to tell. */
  static Long peakResidentBytes() {
    try {
      Matcher matcher = PEAK.matcher(Files.readString(STATUS));
      return matcher.find() ? Long.parseLong(matcher.group(1)) * BYTES_PER_KIB : null;
    } catch (IOException e) {
      return null;
    }
  }
}
