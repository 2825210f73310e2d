package io.tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.tributary.client.train.ProgramFile;
import io.tributary.common.job.JobSpec;
import io.tributary.coordinator.job.JobSummary;
import io.tributary.examples.iris.IrisNetworks;
import io.tributary.simulation.FederationHome;
import io.tributary.simulation.Launcher;
import io.tributary.simulation.LocalFederation;
import io.tributary.simulation.LoopbackPort;
import io.tributary.simulation.ManagedProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * One network computed by two frameworks in one federation, over real TLS: the example of
 * docs/trainers.md, whose scripts need a python3 with NumPy (and PyTorch for one of them).
 */
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class TrainersIT {
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(4);
  private static final Path EXAMPLES = Path.of("..", "examples").toAbsolutePath().normalize();
  private static final Path IRIS = EXAMPLES.resolve("iris");
  private static final List<String> PYTHONS =
      List.of(
          "/usr/bin/python3",
          "/usr/local/bin/python3",
          "/opt/homebrew/bin/python3",
          "/usr/bin/python");
  private static final Map<String, byte[]> NO_TEXTS =
      Map.of(
          "north", "none".getBytes(StandardCharsets.UTF_8),
          "south", "none".getBytes(StandardCharsets.UTF_8));

  @TempDir Path directory;

  private static String python(String module) throws IOException, InterruptedException {
    for (String python : PYTHONS) {
      if (Files.isExecutable(Path.of(python))) {
        Process process =
            new ProcessBuilder(python, "-c", "import " + module)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (process.waitFor(2, TimeUnit.MINUTES) && process.exitValue() == 0) {
          return python;
        }
        process.destroyForcibly();
      }
    }
    assumeTrue(false, "no python3 with " + module + " among " + PYTHONS);
    throw new IllegalStateException("not reached");
  }

  private static String dl4j() {
    return "{program: %s, kind: multi-layer-network, data: {path: %s, label: species}}"
        .formatted(IRIS.resolve("iris.json"), IRIS.resolve("north.csv"));
  }

  private static String process(String python, String script) {
    return "{program: %s, kind: process, command: [%s, %s, %s]}"
        .formatted(
            IRIS.resolve("iris.json"),
            python,
            EXAMPLES.resolve("python").resolve(script),
            IRIS.resolve("south.csv"));
  }

  private FederationHome home(JobSpec job, String north, String south) throws IOException {
    FederationHome home =
        FederationHome.create(
            directory.resolve("federation"), job, NO_TEXTS, LoopbackPort.free(), Clock.systemUTC());
    Files.writeString(
        home.siteConfig("north"), "trainers: [" + north + "]\n", StandardOpenOption.APPEND);
    Files.writeString(
        home.siteConfig("south"), "trainers: [" + south + "]\n", StandardOpenOption.APPEND);
    return home;
  }

  private static JobSummary run(FederationHome home) throws IOException, InterruptedException {
    Launcher launcher = Launcher.of(Path.of(System.getProperty("tributary.dist")));
    try (LocalFederation federation = new LocalFederation(home, launcher)) {
      ManagedProcess coordinator = federation.startCoordinator();
      for (String site : home.sites()) {
        federation.startSite(site);
      }
      assertThat(coordinator.await(LONGEST_WAIT)).as(logs(home)).isTrue();
      assertThat(coordinator.exitCode()).as(logs(home)).hasValue(0);
      String lastLine = coordinator.endOfLog().strip().lines().reduce("", (a, b) -> b);
      return new ObjectMapper().readValue(lastLine, JobSummary.class);
    }
  }

  private static String logs(FederationHome home) throws IOException {
    return Files.readString(home.log("north")) + "\n" + Files.readString(home.log("south"));
  }

  private void learnTogether(String south, String software) throws Exception {
    FederationHome home = home(JobSpec.read(IRIS.resolve("job.yaml")), dl4j(), south);
    JobSummary summary = run(home);
    assertThat(summary.isCompleted()).isTrue();
    assertThat(summary.heldOutNatsPerByteFinal())
        .as(logs(home))
        .isLessThan(0.5 * summary.heldOutNatsPerByteInitial());
    String log = Files.readString(home.log("south"));
    assertThat(log).contains("started: " + software).doesNotContain("Exception");
  }

  @Test
  void aSiteWithNumPyAndOneWithDl4jLearnTogether() throws Exception {
    learnTogether(process(python("numpy"), "numpy_mlp.py"), "numpy_mlp");
  }

  @Test
  void aSiteWithPyTorchAndOneWithDl4jLearnTogether() throws Exception {
    learnTogether(process(python("numpy, torch"), "pytorch_mlp.py"), "pytorch_mlp");
  }

  @Test
  void graphsOfDl4jAndSameDiffLearnAtBothSites() throws Exception {
    // The same job by graphs that name their tensors otherwise: describe says what the job needs.
    for (String kind : List.of("computation-graph", "samediff")) {
      Path program = directory.resolve(kind);
      Files.write(
          program,
          kind.equals("samediff") ? IrisNetworks.sameDiff() : IrisNetworks.computationGraph());
      Path job = directory.resolve(kind + ".yaml");
      String names =
          kind.equals("samediff") ? "w1 b1 w2 b2" : "hidden_W hidden_b species_W species_b";
      String[] name = names.split(" ", -1);
      String text =
          Files.readString(IRIS.resolve("job.yaml"))
              .replaceFirst("program: [0-9a-f]{64}", "program: " + ProgramFile.of(program).digest())
              .replace("0_W", name[0])
              .replace("0_b", name[1])
              .replace("1_W", name[2])
              .replace("1_b", name[3]);
      JobSpec spec = JobSpec.read(Files.writeString(job, text));
      FederationHome home =
          FederationHome.create(
              directory.resolve("federation-" + kind),
              spec,
              NO_TEXTS,
              LoopbackPort.free(),
              Clock.systemUTC());
      for (String site : home.sites()) {
        Files.writeString(
            home.siteConfig(site),
            String.format(
                Locale.ROOT,
                "trainers: [{program: %s, kind: %s, data: {path: %s}}]%n",
                program,
                kind,
                IRIS.resolve(site + ".csv")),
            StandardOpenOption.APPEND);
      }
      JobSummary summary = run(home);
      assertThat(summary.heldOutNatsPerByteFinal())
          .as(kind)
          .isLessThan(0.5 * summary.heldOutNatsPerByteInitial());
    }
  }

  @Test
  void aSiteThatIsKilledLeavesNoProcessBehind() throws Exception {
    String slow =
        Files.readString(IRIS.resolve("job.yaml")).replace("epochs: 4", "steps: 50000000");
    JobSpec job = JobSpec.read(Files.writeString(directory.resolve("slow.yaml"), slow));
    FederationHome home = home(job, dl4j(), process(python("numpy"), "numpy_mlp.py"));
    Launcher launcher = Launcher.of(Path.of(System.getProperty("tributary.dist")));
    try (LocalFederation federation = new LocalFederation(home, launcher)) {
      federation.startCoordinator();
      for (String site : home.sites()) {
        federation.startSite(site);
      }
      await(() -> Files.exists(home.log("south")) && children() == 1);
      federation.kill("south");
      await(() -> children() == 0);
    }
  }

  /** Python processes that train for a site. */
  private static long children() {
    String script = EXAMPLES.resolve("python").resolve("numpy_mlp.py").toString();
    return ProcessHandle.allProcesses()
        .filter(ProcessHandle::isAlive)
        .map(process -> process.info().commandLine().orElse(""))
        .filter(line -> line.contains(script))
        .count();
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + LONGEST_WAIT.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("it never came to that").isLessThan(deadline);
      TimeUnit.MILLISECONDS.sleep(50); // polling another process; nothing to wait on
    }
  }
}
