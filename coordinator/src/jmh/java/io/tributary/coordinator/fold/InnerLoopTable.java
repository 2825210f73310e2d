package io.tributary.coordinator.fold;

import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;

/**
 * Runs the measurements of this folder, or those that JMH's own options choose, and prints one
 * table: each loop beside the memory of the same run, the same code without vectors, and the naive
 * loop.
 */
public final class InnerLoopTable {
  /** Bytes that a loop must read and write for one value, caches left out. */
  private static final Map<String, Integer> BYTES =
      Map.ofEntries(
          Map.entry("memoryTriad", 24),
          Map.entry("weightedSum", 20),
          Map.entry("clippedSum", 20),
          Map.entry("unweightedSum", 20),
          Map.entry("coefficientSum", 20),
          Map.entry("meanOfSum", 16),
          Map.entry("median", 4),
          Map.entry("trimmedMean", 4),
          Map.entry("pairwiseDistances", 4),
          Map.entry("norm", 4),
          Map.entry("finiteCheck", 4),
          Map.entry("siteClip", 16),
          Map.entry("serverStep SGD", 16),
          Map.entry("serverStep MOMENTUM", 24),
          Map.entry("serverStep ADAGRAD", 32),
          Map.entry("serverStep ADAM", 32),
          Map.entry("serverStep YOGI", 32));

  private InnerLoopTable() {}

  /** Takes JMH's options: {@code -h} lists them. */
  public static void main(String[] args) throws RunnerException, CommandLineOptionException {
    CommandLineOptions options = new CommandLineOptions(args);
    if (options.shouldHelp()) {
      System.out.println("The options of JMH: https://github.com/openjdk/jmh");
      return;
    }
    System.out.print(table(new Runner(options).run()));
  }

  private static String table(Collection<RunResult> results) {
    Map<String, Result<?>> loops = new TreeMap<>();
    Map<String, Double> scalar = new TreeMap<>();
    Map<String, Double> naive = new TreeMap<>();
    for (RunResult run : results) {
      Result<?> result = run.getPrimaryResult();
      String method = run.getParams().getBenchmark();
      int dot = method.lastIndexOf('.');
      String type = method.substring(method.lastIndexOf('.', dot - 1) + 1, dot);
      String optimizer = run.getParams().getParam("optimizer");
      String loop = method.substring(dot + 1) + (optimizer == null ? "" : " " + optimizer);
      switch (type) {
        case "InnerLoops" -> loops.put(loop, result);
        case "InnerLoopsWithoutVectors" -> scalar.put(loop, result.getScore());
        default -> naive.put(loop, result.getScore());
      }
    }
    double memory = 0;
    if (loops.containsKey("memoryTriad")) {
      memory = BYTES.get("memoryTriad") / loops.get("memoryTriad").getScore();
    }
    StringBuilder table =
        new StringBuilder(
            "\n| loop | ns a value | bytes a value | GB/s | of the triad | without vectors, ns |"
                + " naive, ns |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n");
    for (Map.Entry<String, Result<?>> entry : loops.entrySet()) {
      String loop = entry.getKey();
      double nanos = entry.getValue().getScore();
      double rate = BYTES.get(loop) / nanos;
      table.append(
          String.format(
              Locale.ROOT,
              "| %s | %.3f ± %.3f | %d | %.1f | %s | %s | %s |%n",
              loop,
              nanos,
              entry.getValue().getScoreError(),
              BYTES.get(loop),
              rate,
              memory == 0 ? "" : String.format(Locale.ROOT, "%.0f %%", 100 * rate / memory),
              cell(scalar.get(loop)),
              cell(naive.get(loop))));
    }
    return table.toString();
  }

  private static String cell(Double nanos) {
    return nanos == null ? "" : String.format(Locale.ROOT, "%.3f", nanos);
  }
}
