package io.tributary.transformer.samediff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class NativeCallTest {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final int CALLS = 200_000;

  @Test
  void productsAreScaledTransposedAndAdded() {
    INDArray a = Nd4j.createFromArray(new double[][] {{1, 2}, {3, 4}});
    INDArray b = Nd4j.createFromArray(new double[][] {{5, 6}, {7, 8}});
    INDArray out = Nd4j.ones(DataType.DOUBLE, 2, 2);
    try (NativeCall call = NativeCall.matrixProduct(true, false, 0.5, true)) {
      call.run(out, a, b); // 1 + (aᵀ·b) / 2
    }
    assertThat(out.data().asDouble()).containsExactly(new double[] {14, 16, 20, 23}, within(1e-12));
    try (NativeCall call = NativeCall.matrixProduct(false, true)) {
      call.run(out, a, b);
    }
    assertThat(out.data().asDouble()).containsExactly(new double[] {17, 23, 39, 53}, within(1e-12));
  }

  /** Without emptying its argument list each call keeps 300 bytes: 60 MB here. */
  @Test
  void callsKeepNothing() throws IOException {
    assumeTrue(Files.isReadable(STATUS), "only Linux tells");
    INDArray a = Nd4j.ones(DataType.FLOAT, 2, 2);
    INDArray out = Nd4j.create(DataType.FLOAT, 2, 2);
    try (NativeCall call = new NativeCall("add")) {
      run(call, CALLS / 4, out, a);
      long before = residentKilobytes();
      run(call, CALLS, out, a);
      assertThat(residentKilobytes() - before).isLessThan(20_000);
    }
  }

  private static void run(NativeCall call, int count, INDArray out, INDArray a) {
    for (int i = 0; i < count; i++) {
      call.run(out, a, a);
      if (i % 10_000 == 0) {
        System.gc(); // holds the heap small, so that only native memory can grow
      }
    }
  }

  private static long residentKilobytes() throws IOException {
    System.gc();
    return Files.readAllLines(STATUS).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
        .findFirst()
        .orElseThrow();
  }
}
