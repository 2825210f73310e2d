package io.tributary.cli;

import io.tributary.coordinator.JobDetails;
import io.tributary.coordinator.JobView;
import io.tributary.coordinator.job.JobStatus;
import io.tributary.coordinator.job.RoundRecord;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/** Jobs as {@code tributary job} prints them for people. */
final class JobTexts {
  private JobTexts() {}

  /** One job in a line. */
  static void line(PrintWriter out, JobView job) {
    out.printf(
        Locale.ROOT,
        "job %s: %s%s, %d of %d rounds%n",
        job.job(),
        job.state(),
        job.reason() == null ? "" : " (" + job.reason() + ")",
        job.round(),
        job.rounds());
  }

  /** All jobs, one a line. */
  static void table(PrintWriter out, List<JobView> jobs) {
    out.printf(Locale.ROOT, "%-24s %-10s %11s  %-24s %s%n", "job", "state", "rounds", "since", "");
    for (JobView job : jobs) {
      out.printf(
          Locale.ROOT,
          "%-24s %-10s %11s  %-24s %s%n",
          job.job(),
          job.state(),
          job.round() + " of " + job.rounds(),
          job.submittedAt(),
          job.reason() == null ? "" : job.reason());
    }
  }

  /** One job in full. */
  static void details(PrintWriter out, JobDetails details) {
    JobView job = details.job();
    out.printf(Locale.ROOT, "run %s, submitted %s%n", job.runId(), job.submittedAt());
    if (job.modelDigest() != null) {
      out.printf("model %s in %s%n", job.modelDigest(), job.modelDirectory());
    }
    status(out, details.status());
  }

  /** A job's rounds, sites and losses. */
  static void status(PrintWriter out, JobStatus status) {
    out.printf(
        Locale.ROOT,
        "job %s: %s%s, round %d of %d%s, %.0f s%n",
        status.run(),
        status.state(),
        status.reason() == null ? "" : " (" + status.reason() + ")",
        status.round(),
        status.rounds(),
        status.phase() == null ? "" : " (" + status.phase() + ")",
        status.seconds());
    out.printf(Locale.ROOT, "%n%-24s %-10s %-12s %s%n", "site", "connected", "task", "");
    for (JobStatus.Site site : status.sites()) {
      out.printf(
          Locale.ROOT,
          "%-24s %-10s %-12s %s%n",
          site.site(),
          site.connected() ? "yes" : "no",
          site.state(),
          detail(site));
    }
    out.printf(Locale.ROOT, "%n%5s %-9s %12s  %s%n", "round", "outcome", "held-out n/B", "model");
    for (RoundRecord record : status.history()) {
      Double nats = record.heldOut() == null ? null : record.heldOut().natsPerByte();
      out.printf(
          Locale.ROOT,
          "%5d %-9s %12s  %s%n",
          record.round(),
          record.outcome(),
          nats == null ? "-" : String.format(Locale.ROOT, "%.3f", nats),
          record.modelDigest() == null ? "-" : record.modelDigest());
    }
  }

  private static String detail(JobStatus.Site site) {
    if (site.reason() != null) {
      return site.reason();
    }
    return site.total() == null ? "" : site.done() + " of " + site.total();
  }
}
