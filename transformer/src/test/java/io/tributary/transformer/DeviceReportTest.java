package io.tributary.transformer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.nd4j.linalg.factory.Nd4j;

class DeviceReportTest {

  @Test
  void reportDescribesTheLoadedBackend() {
    ComputeThreads.use(1);
    DeviceReport report = DeviceReport.read();
    boolean cpu = Nd4j.getEnvironment().isCPU();
    assertThat(report.backend()).isEqualTo(cpu ? "CPU" : "CUDA");
    assertThat(report.nd4jVersion()).isEqualTo("1.0.0-M2.1");
    assertThat(report.openMpThreads()).isEqualTo(1);
    assertThat(report.blasThreads()).isEqualTo(1);
    assertThat(report.blasVendor()).isNotBlank();
    assertThat(report.device()).isNotBlank();
    assertThat(report.cores()).isEqualTo(Runtime.getRuntime().availableProcessors());
    assertThat(report.heapLimitBytes()).isPositive();
    assertThat(report.offHeapLimitBytes()).isPositive();
    assertThat(report.advice()).isEqualTo(CudaAdvice.lines(!cpu, report.cards()));
  }
}
