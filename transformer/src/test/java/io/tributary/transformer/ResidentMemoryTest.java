package io.tributary.transformer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ResidentMemoryTest {

  @Test
  void peakIsReadInBytes() {
    assertThat(
            ResidentMemory.parsePeak(List.of("Name:\tjava", "VmHWM:\t  1234 kB", "VmRSS:\t 1 kB")))
        .isEqualTo(1234 * 1024);
    assertThat(ResidentMemory.parsePeak(List.of("Name:\tjava"))).isZero();
  }
}
