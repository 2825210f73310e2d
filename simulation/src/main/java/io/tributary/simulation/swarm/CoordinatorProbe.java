package io.tributary.simulation.swarm;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the operating system says of the coordinator's process while a swarm is at it. Linux tells
 * the memory; elsewhere it is 0. Thread-safe.
 */
final class CoordinatorProbe implements AutoCloseable {
  private static final Pattern PEAK = Pattern.compile("(?m)^VmHWM:\\s+(\\d+) kB$");
  private static final long BYTES_PER_KIB = 1_024;
  private static final long INTERVAL_MILLIS = 100;

  private final Optional<ProcessHandle> process; // none if it is gone already
  private final Path status;
  private final Thread sampler = new Thread(this::sample, "coordinator-probe");
  private volatile boolean closed;
  private volatile long peakResidentBytes;
  private volatile double cpuSeconds;

  private CoordinatorProbe(long pid) {
    this.process = ProcessHandle.of(pid);
    this.status = Path.of("/proc", String.valueOf(pid), "status");
    sampler.setDaemon(true);
  }

  /** Watches a process until {@link #close} or its own end. */
  static CoordinatorProbe watch(long pid) {
    CoordinatorProbe probe = new CoordinatorProbe(pid);
    probe.sampler.start();
    return probe;
  }

  /** Its peak is kept by the kernel, so a sample before the end is all that is needed. */
  private void sample() {
    try {
      while (!closed && process.filter(ProcessHandle::isAlive).isPresent()) {
        readPeak();
        Thread.sleep(INTERVAL_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void readPeak() {
    try {
      Matcher matcher = PEAK.matcher(Files.readString(status, StandardCharsets.UTF_8));
      if (matcher.find()) {
        peakResidentBytes = Long.parseLong(matcher.group(1)) * BYTES_PER_KIB;
      }
    } catch (IOException gone) {
      // what was read before stands
    }
  }

  /** Most bytes that were resident at once, as far as was seen. */
  long peakResidentBytes() {
    return peakResidentBytes;
  }

  /** Processor seconds of all its threads until now; of its last moments when it has ended. */
  double cpuSeconds() {
    process
        .flatMap(alive -> alive.info().totalCpuDuration())
        .map(Duration::toNanos)
        .ifPresent(nanos -> cpuSeconds = nanos / 1e9);
    return cpuSeconds;
  }

  @Override
  public void close() {
    closed = true;
  }
}
