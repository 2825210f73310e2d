package io.tributary.simulation.limits;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LimitsBenchmarkTest {
  @TempDir Path directory;

  @Test
  void everyLimitIsMeasuredAndNoFileIsLeft() throws Exception {
    MachineLimits limits = LimitsBenchmark.run(directory, 100_000, 50);
    assertThat(limits.tlsLoopbackMegabytesPerSecond()).isPositive();
    assertThat(limits.tlsSha256LoopbackMegabytesPerSecond()).isPositive();
    assertThat(limits.diskWriteFsyncMegabytesPerSecond()).isPositive();
    assertThat(limits.memoryMegabytesPerSecond()).isPositive();
    try (Stream<Path> left = Files.list(directory)) {
      assertThat(left).containsExactly(directory.resolve("certs"));
    }
  }

  @Test
  void theSmallerOfTwoMeasurementsCounts() {
    MachineLimits both = new MachineLimits(1, 20, 3, 40).smaller(new MachineLimits(10, 2, 30, 4));
    assertThat(both).isEqualTo(new MachineLimits(1, 2, 3, 4));
    assertThat(both.ingestLimit()).isEqualTo(2);
    assertThat(new MachineLimits(9, 8, 7, 6).ingestLimit()).isEqualTo(7);
  }
}
