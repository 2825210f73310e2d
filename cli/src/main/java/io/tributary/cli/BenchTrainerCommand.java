package io.tributary.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tributary.cli.bench.ScratchDirectory;
import io.tributary.cli.bench.TrainerBenchmarkChild;
import io.tributary.client.process.ProcessCommand;
import io.tributary.client.process.ProcessLimits;
import io.tributary.client.process.ProcessTrainer;
import io.tributary.client.train.ProgramFile;
import io.tributary.client.train.TaskControl;
import io.tributary.client.train.TrainingTask;
import io.tributary.common.job.JobSpec;
import io.tributary.common.tls.SiteName;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code bench trainer}. */
@Command(
    name = "trainer",
    description =
        "Time what a trainer in a process of its own costs: tasks of a known length, with parameters"
            + " out and an update back.",
    mixinStandardHelpOptions = true,
    footer = {"", "Example:", "  tributary bench trainer --parameters 22000000 --task-millis 2000"})
final class BenchTrainerCommand implements Callable<Integer> {
  private static final int MAX_PARAMETERS = 500_000_000;
  private static final int MAX_MILLIS = 3_600_000;
  private static final int MAX_TASKS = 10_000;
  private static final int HEAP_MIB = 64;
  private static final int MIB = 1 << 20;

  @Spec private CommandSpec spec;

  @Option(names = "--parameters", description = "Of the model. Default: ${DEFAULT-VALUE}.")
  private int parameters = 22_000_000;

  @Option(names = "--task-millis", description = "Length of a task. Default: ${DEFAULT-VALUE}.")
  private int taskMillis = 2_000;

  @Option(
      names = "--tasks",
      description = "Timed tasks, after one more. Default: ${DEFAULT-VALUE}.")
  private int tasks = 5;

  @Option(
      names = "--output",
      description = "text, or json: one object as the last line. Default: ${DEFAULT-VALUE}.")
  private OutputFormat output = OutputFormat.TEXT;

  /**
   * What is printed for machines.
   *
   * @param parameters of the model
   * @param taskMillis that the process takes over a task
   * @param tasks that were timed
   * @param millisMedian of a task as the site sees it
   * @param millisMax of the slowest
   * @param overheadMedian what a task takes longer, as a share of its length
   * @param overheadMax of the slowest
   * @param processorMillisMean processor time of both processes for a task: what it takes longer
   *     where nothing else wants the processor
   */
  private record Result(
      int parameters,
      int taskMillis,
      int tasks,
      double millisMedian,
      double millisMax,
      double overheadMedian,
      double overheadMax,
      double processorMillisMean) {}

  /**
   * What was measured.
   *
   * @param millis of each task
   * @param processorMillis of all together
   */
  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  private record Measured(double[] millis, double processorMillis) {}

  @Override
  public Integer call() throws IOException {
    Usage.requireRange("--parameters", parameters, 1, MAX_PARAMETERS);
    Usage.requireRange("--task-millis", taskMillis, 1, MAX_MILLIS);
    Usage.requireRange("--tasks", tasks, 1, MAX_TASKS);
    Measured measured;
    try (ScratchDirectory scratch = ScratchDirectory.create()) {
      measured = measure(scratch.path());
    }
    double[] millis = measured.millis();
    double median = median(millis);
    double most = DoubleStream.of(millis).max().orElseThrow();
    print(
        new Result(
            parameters,
            taskMillis,
            tasks,
            median,
            most,
            median / taskMillis - 1,
            most / taskMillis - 1,
            measured.processorMillis() / tasks));
    return 0;
  }

  private Measured measure(Path directory) throws IOException {
    ProgramFile program = ProgramFile.of(Files.writeString(directory.resolve("network"), "bench"));
    JobSpec job = JobSpec.read(Files.writeString(directory.resolve("job.yaml"), job(program)));
    ProcessCommand command =
        ProcessCommand.of(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + HEAP_MIB + "m",
                "-XX:MaxDirectMemorySize=" + (HEAP_MIB + parameters * 4L / MIB) + "m",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                TrainerBenchmarkChild.class.getName(),
                Integer.toString(taskMillis),
                Integer.toString(parameters)),
            directory,
            Map.of(),
            System.getenv());
    double[] millis = new double[tasks];
    double processor = 0;
    try (ProcessTrainer trainer =
        new ProcessTrainer(
            program,
            command,
            ProcessLimits.DEFAULT,
            directory.resolve("exchange"),
            System::nanoTime)) {
      float[] weights = new float[parameters];
      for (int task = -1; task < tasks; task++) { // the first starts the process
        long begun = System.nanoTime();
        var unused =
            trainer.train(
                new TrainingTask(job, 1, new SiteName("bench"), weights), Uncancelled.CONTROL);
        if (task >= 0) {
          millis[task] = (System.nanoTime() - begun) / 1e6;
        } else {
          processor = processorMillis();
        }
      }
      processor = processorMillis() - processor;
    }
    return new Measured(millis, processor);
  }

  /** Of this process and of those that it started. */
  private static double processorMillis() {
    ProcessHandle here = ProcessHandle.current();
    return Stream.concat(Stream.of(here), here.descendants())
        .mapToDouble(
            process -> process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos() / 1e6)
        .sum();
  }

  private String job(ProgramFile program) {
    return String.format(
        Locale.ROOT,
        """
        name: bench
        rounds: 1
        model: {external: {program: %s, tensors: [{name: w, shape: [%d]}]}}
        local: {learning-rate: 0.1, steps: 1}
        round: {cohort: 1}
        """,
        program.digest(),
        parameters);
  }

  private static double median(double[] millis) {
    double[] sorted = millis.clone();
    Arrays.sort(sorted);
    return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
  }

  private enum Uncancelled implements TaskControl {
    CONTROL;

    @Override
    public void progress(long done, long total) {}

    @Override
    public void checkNotCancelled() {}
  }

  private void print(Result result) throws JsonProcessingException {
    PrintWriter out = spec.commandLine().getOut();
    if (output == OutputFormat.JSON) {
      out.println(new ObjectMapper().writeValueAsString(result));
    } else {
      out.printf(
          Locale.ROOT,
          "%,d parameters (%.0f MB each way), %d tasks of %d ms in a process of its own%n",
          parameters,
          parameters * 4 / 1e6,
          tasks,
          taskMillis);
      out.printf(
          Locale.ROOT,
          "a task takes %.0f ms (median; at most %.0f): %.1f %% longer (at most %.1f %%)%n",
          result.millisMedian(),
          result.millisMax(),
          result.overheadMedian() * 100,
          result.overheadMax() * 100);
      out.printf(
          Locale.ROOT,
          "processor time of both processes: %.0f ms a task (%.1f %% of its length)%n",
          result.processorMillisMean(),
          result.processorMillisMean() / taskMillis * 100);
    }
    out.flush();
  }
}
