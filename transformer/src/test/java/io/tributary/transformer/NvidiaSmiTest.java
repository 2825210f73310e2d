package io.tributary.transformer;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.transformer.GpuCard.ComputeCapability;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NvidiaSmiTest {

  @Test
  void linesWithAndWithoutCapabilityAreRead() {
    assertThat(NvidiaSmi.parse("NVIDIA H100 PCIe, 81559, 9.0\nTesla K80, 11441\n"))
        .containsExactly(
            new GpuCard("NVIDIA H100 PCIe", Optional.of(new ComputeCapability(9, 0)), 81559L << 20),
            new GpuCard("Tesla K80", Optional.empty(), 11441L << 20));
  }

  @Test
  void oddAnswersAreNoCardsOrUnknownParts() {
    assertThat(NvidiaSmi.parse("")).isEmpty();
    assertThat(NvidiaSmi.parse("No devices were found\n")).isEmpty();
    assertThat(NvidiaSmi.parse("GB10, [N/A], 12.x\n"))
        .containsExactly(new GpuCard("GB10", Optional.empty(), 0));
  }
}
