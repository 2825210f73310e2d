package io.tributary.transformer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ResidentMemoryTest {

  @Test
  void eachLineIsReadInBytes() {
    List<String> status = List.of("Name:\tjava", "VmHWM:\t  1234 kB", "VmRSS:\t 12 kB");
    assertThat(ResidentMemory.parse(status, "VmHWM:")).isEqualTo(1234 * 1024);
    assertThat(ResidentMemory.parse(status, "VmRSS:")).isEqualTo(12 * 1024);
    assertThat(ResidentMemory.parse(List.of("Name:\tjava"), "VmRSS:")).isZero();
  }
}
