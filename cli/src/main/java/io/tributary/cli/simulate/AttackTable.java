package io.tributary.cli.simulate;

import io.tributary.common.job.AggregationRules;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;

/** What an attack does to every rule: what {@code bench attack} prints. */
public final class AttackTable {
  /**
   * One rule.
   *
   * @param clean held-out nats per byte without the attack
   * @param attacked with it
   */
  private record Row(AggregationRules rules, double initial, double clean, double attacked) {
    double rise() {
      return attacked / clean - 1;
    }
  }

  private final List<Row> rows = new ArrayList<>();

  /**
   * Adds a rule.
   *
   * @param initial held-out nats per byte after the first round without the attack
   */
  public void add(AggregationRules rules, double initial, double clean, double attacked) {
    rows.add(new Row(rules, initial, clean, attacked));
  }

  /** A Markdown table: a row a rule. */
  public List<String> markdown() {
    List<String> lines = new ArrayList<>();
    lines.add("| rule | clean, nats per byte | attacked | rise |");
    lines.add("| --- | ---: | ---: | ---: |");
    for (Row row : rows) {
      lines.add(
          String.format(
              Locale.ROOT,
              "| %s%s | %.3f | %.3f | %+.1f %% |",
              row.rules().rule(),
              parameters(row.rules()),
              row.clean(),
              row.attacked(),
              100 * row.rise()));
    }
    return lines;
  }

  private static String parameters(AggregationRules rules) {
    List<String> stated = new ArrayList<>();
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("trim-share", rules.trimShare());
    values.put("byzantine", rules.byzantine());
    values.put("keep", rules.keep());
    values.put("clipping-norm", rules.clippingNorm());
    values.put("max-iterations", rules.maxIterations());
    values.forEach(
        (name, value) -> {
          if (value != null) {
            stated.add(name + " " + value);
          }
        });
    return stated.isEmpty() ? "" : " (" + String.join(", ", stated) + ")";
  }

  /** The same, a row a rule. */
  public String csv() throws IOException {
    StringBuilder out = new StringBuilder();
    try (CSVPrinter printer = new CSVPrinter(out, CSVFormat.RFC4180)) {
      printer.printRecord(
          "rule",
          "parameters",
          "afterFirstRoundNatsPerByte",
          "cleanNatsPerByte",
          "attackedNatsPerByte",
          "rise");
      for (Row row : rows) {
        printer.printRecord(
            row.rules().rule(),
            parameters(row.rules()).strip(),
            row.initial(),
            row.clean(),
            row.attacked(),
            row.rise());
      }
    }
    return out.toString();
  }
}
