package io.tributary.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tributary.common.tls.TlsProvider;
import io.tributary.transformer.DeviceReport;
import io.tributary.transformer.GpuCard;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tributary doctor}: what this machine runs Tributary on. */
@Command(
    name = "doctor",
    description = "Show Java, numerical backend, device, threads, memory, TLS, and what is missing.",
    mixinStandardHelpOptions = true)
final class DoctorCommand implements Callable<Integer> {
  private static final double MEBI = 1 << 20;

  @Spec private CommandSpec spec;

  @Option(names = "--output", description = "text or json. Default: ${DEFAULT-VALUE}.")
  private OutputFormat output = OutputFormat.TEXT;

  @Override
  public Integer call() throws JsonProcessingException {
    DeviceReport device = DeviceReport.read();
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("tributary", Version.SOFTWARE);
    facts.put("java", Runtime.version() + " (" + System.getProperty("java.vendor") + ")");
    facts.put("system", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    facts.put("cores", device.cores());
    facts.put("machine memory", memory(machineMemoryBytes()));
    facts.put("nd4j", device.nd4jVersion());
    facts.put("backend", device.backend());
    facts.put("device", device.device());
    facts.put("blas", device.blasVendor() + ", " + threads(device.blasThreads()));
    facts.put("loops", threads(device.openMpThreads()) + " (TRIBUTARY_THREADS sets both)");
    facts.put("java heap", "at most " + memory(device.heapLimitBytes()));
    facts.put(
        "off-heap arrays",
        memory(device.offHeapUsedBytes()) + " of " + limit(device.offHeapLimitBytes()));
    facts.put("resident limit", limit(device.physicalLimitBytes()));
    for (GpuCard card : device.cards()) {
      facts.put("graphics card", card.name() + ", " + memory(card.memoryBytes()));
    }
    facts.put("tls", TlsProvider.describePreferred());
    PrintWriter out = spec.commandLine().getOut();
    if (output == OutputFormat.JSON) {
      facts.put("advice", device.advice());
      out.println(new ObjectMapper().writeValueAsString(facts));
    } else {
      facts.forEach((name, value) -> out.printf(Locale.ROOT, "%-16s %s%n", name, value));
      device.advice().forEach(out::println);
    }
    out.flush();
    return 0;
  }

  private static long machineMemoryBytes() {
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean system
        ? system.getTotalMemorySize()
        : 0;
  }

  private static String threads(int count) {
    return count + (count == 1 ? " thread" : " threads");
  }

  private static String limit(long bytes) {
    return bytes == 0 ? "no limit" : memory(bytes);
  }

  private static String memory(long bytes) {
    return String.format(Locale.ROOT, "%,.0f MiB", bytes / MEBI);
  }
}
