package io.tributary.client;

import io.tributary.client.data.DataProblem;
import io.tributary.client.data.TextLengths;
import io.tributary.client.train.DataForJob;
import java.util.Locale;

/** A {@link DataReport} as lines for people. */
final class DataReportText {
  private static final int SHOWN_LABELS = 50;

  private final StringBuilder out = new StringBuilder();

  private DataReportText() {}

  static String of(DataReport report) {
    DataReportText text = new DataReportText();
    text.describe(report);
    if (report.forJob() != null) {
      text.describe(report.forJob());
    }
    text.listProblems(report);
    return text.out.toString();
  }

  private void describe(DataReport report) {
    line("Data in %s, read as %s in %s", report.path(), report.format(), report.encoding());
    line("");
    line("  %,d files, %,d texts in %,d bytes", report.files(), report.texts(), report.bytes());
    line("  %,d rows or files without text, %,d copies", report.emptyTexts(), report.copies());
    TextLengths lengths = report.lengths();
    if (lengths != null) {
      line("  %,d tokens by %s", report.tokens(), report.tokenizer());
      line(
          "  tokens a text: shortest %,d, half up to %,d, 90 %% up to %,d, 99 %% up to %,d,"
              + " longest %,d",
          lengths.shortest(),
          lengths.median(),
          lengths.nineOfTen(),
          lengths.ninetyNineOfHundred(),
          lengths.longest());
    }
    if (!report.labels().isEmpty()) {
      line("");
      line("Labels");
      for (DataReport.Label label : report.labels().stream().limit(SHOWN_LABELS).toList()) {
        line(
            "  %,9d  %s%s",
            label.texts(),
            label.own(),
            label.own().equals(label.name()) ? "" : " -> " + label.name());
      }
      if (report.labels().size() > SHOWN_LABELS) {
        line("  and %,d more", report.labels().size() - SHOWN_LABELS);
      }
      line("  %,9d  without a label", report.unlabelled());
    }
  }

  private void describe(DataForJob job) {
    line("");
    line("For job %s (%s)", job.job(), job.task());
    if (job.trainingExamples() != null) {
      line("  %,d training examples, the weight of an update", job.trainingExamples());
      line("  %,d optimizer steps a round", job.stepsPerRound());
      line("  %,d predictions on the held-out part judge a model", job.predictions());
    }
  }

  private void listProblems(DataReport report) {
    line("");
    if (report.problems().isEmpty()) {
      line("No problems were found.");
      return;
    }
    line("Problems");
    for (DataProblem problem : report.problems()) {
      line("  %s: %s", problem.severity(), problem);
    }
    if (report.problemsLeftOut() > 0) {
      line("  and %,d more", report.problemsLeftOut());
    }
  }

  private void line(String format, Object... values) {
    out.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
