package io.tributary.transformer;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.transformer.GpuCard.ComputeCapability;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CudaAdviceTest {

  @Test
  void olderCardOnCudaNeedsNoAdvice() {
    assertThat(CudaAdvice.lines(true, List.of(card("A100", 8, 0), card("L4", 8, 9)))).isEmpty();
  }

  @Test
  void hopperAndLaterAreWarnedAbout() {
    assertThat(CudaAdvice.lines(true, List.of(card("H100", 9, 0), card("A100", 8, 0))))
        .singleElement()
        .asString()
        .startsWith("warning: H100 has compute capability 9.0, newer than CUDA 11.6 knows");
    assertThat(CudaAdvice.lines(true, List.of(card("B200", 10, 0)))).hasSize(1);
  }

  @Test
  void cpuBuildBesideACardSaysHowToUseIt() {
    assertThat(CudaAdvice.lines(false, List.of(card("A100", 8, 0))))
        .singleElement()
        .asString()
        .contains("build with -Pcuda");
  }

  @Test
  void cpuBuildWithoutACardSaysWhatIsMissing() {
    assertThat(CudaAdvice.lines(false, List.of()))
        .hasSize(2)
        .allMatch(line -> line.startsWith("missing for CUDA: "));
  }

  @Test
  void unknownCapabilityIsSaid() {
    assertThat(CudaAdvice.lines(true, List.of(new GpuCard("K80", Optional.empty(), 0))))
        .singleElement()
        .asString()
        .contains("does not tell the compute capability of K80");
  }

  private static GpuCard card(String name, int major, int minor) {
    return new GpuCard(name, Optional.of(new ComputeCapability(major, minor)), 1L << 34);
  }
}
