package io.tributary.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.tls.TlsProvider;
import io.tributary.transformer.CudaAdvice;
import io.tributary.transformer.DeviceReport;
import io.tributary.transformer.GpuCard;
import io.tributary.transformer.NvidiaSmi;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tributary doctor}: what this machine runs Tributary on. */
@Command(
    name = "doctor",
    description =
        "Show Java, numerical backend, device, threads, memory, TLS, and what is missing.",
    mixinStandardHelpOptions = true)
final class DoctorCommand implements Callable<Integer> {
  private static final double MEBI = 1 << 20;

  @Spec private CommandSpec spec;

  @Option(names = "--output", description = "text or json. Default: ${DEFAULT-VALUE}.")
  private OutputFormat output = OutputFormat.TEXT;

  private final Supplier<DeviceReport> reader;

  DoctorCommand() {
    this(DeviceReport::read);
  }

  DoctorCommand(Supplier<DeviceReport> reader) {
    this.reader = reader;
  }

  @Override
  public Integer call() throws JsonProcessingException {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("tributary", Version.SOFTWARE);
    facts.put("java", Runtime.version() + " (" + System.getProperty("java.vendor") + ")");
    facts.put("system", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    facts.put("cores", Runtime.getRuntime().availableProcessors());
    facts.put("machine memory", memory(machineMemoryBytes()));
    facts.put("java heap", "at most " + memory(Runtime.getRuntime().maxMemory()));
    facts.put("tls", TlsProvider.describePreferred());
    try {
      DeviceReport device = reader.get();
      describe(device, facts);
      print(facts, device.advice());
      return 0;
    } catch (IllegalStateException e) {
      // The machine for which a doctor is called: say what is known, and what is wrong.
      facts.put("backend", "none: " + e.getMessage());
      print(facts, CudaAdvice.lines(true, NvidiaSmi.cards()));
      return UserErrorException.Kind.FAILED.exitCode();
    }
  }

  private static void describe(DeviceReport device, Map<String, Object> facts) {
    facts.put("nd4j", device.nd4jVersion());
    facts.put("backend", device.backend());
    facts.put("device", device.device());
    facts.put("blas", device.blasVendor() + ", " + threads(device.blasThreads()));
    facts.put("loops", threads(device.openMpThreads()) + " (TRIBUTARY_THREADS sets both)");
    facts.put(
        "off-heap arrays",
        memory(device.offHeapUsedBytes()) + " of " + limit(device.offHeapLimitBytes()));
    facts.put("resident limit", limit(device.physicalLimitBytes()));
    for (int i = 0; i < device.cards().size(); i++) {
      GpuCard card = device.cards().get(i);
      facts.put("graphics card " + (i + 1), card.name() + ", " + memory(card.memoryBytes()));
    }
  }

  private void print(Map<String, Object> facts, List<String> advice)
      throws JsonProcessingException {
    PrintWriter out = spec.commandLine().getOut();
    if (output == OutputFormat.JSON) {
      facts.put("advice", advice);
      out.println(new ObjectMapper().writeValueAsString(facts));
    } else {
      facts.forEach((name, value) -> out.printf(Locale.ROOT, "%-17s %s%n", name, value));
      advice.forEach(out::println);
    }
    out.flush();
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
