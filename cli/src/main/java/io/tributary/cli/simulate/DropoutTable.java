package io.tributary.cli.simulate;

import io.tributary.simulation.virtual.SimulationResult;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;

/** Loss against dropout: what {@code bench dropout} prints. */
public final class DropoutTable {
  private final Map<Double, List<SimulationResult>> results = new LinkedHashMap<>();

  /** Adds a run. */
  public void add(SimulationResult result) {
    results.computeIfAbsent(result.dropout(), dropout -> new ArrayList<>()).add(result);
  }

  /** A Markdown table: a row a dropout, the mean over the seeds and its spread. */
  public List<String> markdown() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "| dropout | updates a round | held-out nats per byte (mean over seeds) | lowest, highest |"
            + " above no dropout |");
    lines.add("| ---: | ---: | ---: | ---: | ---: |");
    Double without = results.containsKey(0.0) ? mean(results.get(0.0)) : null;
    results.forEach(
        (dropout, runs) -> {
          double mean = mean(runs);
          lines.add(
              String.format(
                  Locale.ROOT,
                  "| %.0f %% | %.1f of %d | %.3f | %.3f, %.3f | %s |",
                  100 * dropout,
                  runs.stream().mapToDouble(DropoutTable::updatesARound).average().orElseThrow(),
                  runs.get(0).cohort(),
                  mean,
                  runs.stream().mapToDouble(DropoutTable::loss).min().orElseThrow(),
                  runs.stream().mapToDouble(DropoutTable::loss).max().orElseThrow(),
                  without == null ? "" : String.format(Locale.ROOT, "%+.3f", mean - without)));
        });
    return lines;
  }

  /** The same, a row a run. */
  public String csv() throws IOException {
    StringBuilder out = new StringBuilder();
    try (CSVPrinter printer = new CSVPrinter(out, CSVFormat.RFC4180)) {
      printer.printRecord(
          "dropout",
          "seed",
          "sites",
          "cohort",
          "quorum",
          "partition",
          "rounds",
          "updatesARound",
          "initialNatsPerByte",
          "finalNatsPerByte",
          "wallSeconds",
          "trainingSeconds",
          "modelDigest");
      for (List<SimulationResult> runs : results.values()) {
        for (SimulationResult run : runs) {
          printer.printRecord(
              run.dropout(),
              run.seed(),
              run.sites(),
              run.cohort(),
              run.quorum(),
              run.partition(),
              run.rounds(),
              updatesARound(run),
              run.initialNatsPerByte(),
              run.finalNatsPerByte(),
              run.wallSeconds(),
              run.trainingSeconds(),
              run.modelDigest());
        }
      }
    }
    return out.toString();
  }

  private static double mean(List<SimulationResult> runs) {
    return runs.stream().mapToDouble(DropoutTable::loss).average().orElseThrow();
  }

  private static double loss(SimulationResult run) {
    return run.finalNatsPerByte() == null ? Double.NaN : run.finalNatsPerByte();
  }

  private static double updatesARound(SimulationResult run) {
    return run.lines().stream()
        .filter(line -> line.outcome().equals("committed"))
        .mapToInt(line -> line.folded())
        .average()
        .orElse(0);
  }
}
