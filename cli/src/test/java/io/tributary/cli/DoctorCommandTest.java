package io.tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.transformer.DeviceReport;
import io.tributary.transformer.GpuCard;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class DoctorCommandTest {
  private record Ran(int exitCode, String out) {}

  private static Ran run(Supplier<DeviceReport> reader, String... arguments) {
    StringWriter out = new StringWriter();
    CommandLine commandLine =
        new CommandLine(new DoctorCommand(reader))
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setOut(new PrintWriter(out));
    return new Ran(commandLine.execute(arguments), out.toString());
  }

  private static DeviceReport report() {
    GpuCard card = new GpuCard("Card", Optional.of(new GpuCard.ComputeCapability(8, 6)), 8L << 30);
    return new DeviceReport(
        "1.0",
        "CUDA",
        "Card",
        "CUBLAS",
        1,
        2,
        4,
        1L << 30,
        0,
        0,
        1L << 28,
        List.of(card, card),
        List.of("some advice"));
  }

  @Test
  void showsBackendEveryCardThreadsMemoryTlsAndAdvice() {
    Ran ran = run(DoctorCommandTest::report);
    assertThat(ran.exitCode()).isZero();
    assertThat(ran.out())
        .contains("java ", "CUDA", "CUBLAS, 1 thread", "2 threads", "graphics card 1")
        .contains("graphics card 2", "tls", "1,024 MiB", "some advice");
  }

  @Test
  void aBackendThatCannotStartIsExplainedBesideAllElse() {
    Ran ran =
        run(
            () -> {
              throw new IllegalStateException("CUDA is not there");
            });
    assertThat(ran.exitCode()).isEqualTo(1);
    assertThat(ran.out()).contains("none: CUDA is not there", "java ", "tls", "missing for CUDA");
  }

  @Test
  void machinesGetOneJsonObject() {
    assertThat(run(DoctorCommandTest::report, "--output", "json").out().strip())
        .startsWith("{\"tributary\"")
        .endsWith("\"advice\":[\"some advice\"]}")
        .hasLineCount(1);
  }
}
