package io.tributary.client;

import io.tributary.client.data.DataLimits;
import io.tributary.client.data.DataProblem;
import io.tributary.client.data.DataProblem.Severity;
import io.tributary.client.data.DataReader;
import io.tributary.client.data.DataReading;
import io.tributary.client.data.SiteData;
import io.tributary.client.data.TextCopies;
import io.tributary.client.data.TextLengths;
import io.tributary.client.data.TokenizedTexts;
import io.tributary.client.train.DataForJob;
import io.tributary.client.train.TaskRefusedException;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.JobSpec;
import io.tributary.common.job.Task;
import io.tributary.common.model.TextModelConfig;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What a site's data is and what a job would make of it, for the site's own eyes and before
 * anything starts: the content of {@code tributary client data}. Nothing is sent, no certificate is
 * read, no numerical engine loaded.
 *
 * @param path where the data was read
 * @param format in what shape it is
 * @param encoding of its files
 * @param files that were read
 * @param rows or files of text in them, empty and bad ones too
 * @param emptyTexts of them without text
 * @param texts that can be used
 * @param bytes of them as UTF-8
 * @param copies texts that are equal to an earlier one
 * @param tokenizer by which tokens are counted: the job's if this site has it, else the site's
 * @param tokens of all texts
 * @param lengths of the texts, in tokens
 * @param labels that occur
 * @param unlabelled texts without a label
 * @param forJob what the job makes of it, or null without a job
 * @param problems everything that somebody should know, the worst first
 * @param problemsLeftOut how many more there were
 */
public record DataReport(
    String path,
    String format,
    String encoding,
    int files,
    int rows,
    int emptyTexts,
    int texts,
    long bytes,
    int copies,
    String tokenizer,
    Long tokens,
    TextLengths lengths,
    List<Label> labels,
    long unlabelled,
    DataForJob forJob,
    List<DataProblem> problems,
    long problemsLeftOut) {

  private static final int NAMED = 20;

  /**
   * A label of this site.
   *
   * @param own as the site calls it
   * @param name as the job should call it
   * @param texts that have it
   */
  public record Label(String own, String name, int texts) {}

  /**
   * Reads a site's data and looks at it.
   *
   * @param job null for none
   * @throws UserErrorException if there is nothing to report on: no such path, a bound reached, an
   *     unusable tokenizer
   */
  public static DataReport of(SiteConfig site, JobSpec job) {
    if (site.data() == null) {
      throw new UserErrorException(
          UserErrorException.Kind.USAGE,
          "the site's file states no data: there is nothing to report on; what its trainers read"
              + " for themselves, only they know");
    }
    DataLimits limits = DataLimits.standard();
    DataReading reading = DataReader.read(site.data(), limits);
    List<DataProblem> problems = new ArrayList<>(reading.problems());
    if (reading.dataset() == null) {
      return withoutTexts(reading);
    }
    SiteData data = SiteData.of(reading.dataset(), site.tokenizerPath(), limits);
    TokenizedTexts texts = counted(data, job);
    int copies = new TextCopies(data.by(TextModelConfig.BYTES).orElseThrow()).count();
    DataForJob forJob = job == null ? null : forJob(site, job, data);
    warnOfTexts(reading, copies, problems);
    if (forJob != null) {
      addProblems(forJob, texts, problems);
    }
    problems.sort(Comparator.comparing(DataProblem::severity).reversed());
    return new DataReport(
        reading.source().path(),
        reading.source().format().toString(),
        reading.source().encoding().toString(),
        reading.files(),
        reading.rows(),
        reading.emptyTexts(),
        reading.dataset().textCount(),
        reading.dataset().byteCount(),
        copies,
        tokenizerOf(data, job),
        (long) texts.tokens().length(),
        TextLengths.of(texts),
        labels(reading),
        texts.textsWithoutLabel(),
        forJob,
        List.copyOf(problems),
        reading.problemsLeftOut());
  }

  private static DataReport withoutTexts(DataReading reading) {
    return new DataReport(
        reading.source().path(),
        reading.source().format().toString(),
        reading.source().encoding().toString(),
        reading.files(),
        reading.rows(),
        reading.emptyTexts(),
        0,
        0,
        0,
        null,
        null,
        null,
        labels(reading),
        0,
        null,
        reading.problems(),
        reading.problemsLeftOut());
  }

  private static List<Label> labels(DataReading reading) {
    return reading.ownLabels().entrySet().stream()
        .map(
            label ->
                new Label(
                    label.getKey(), reading.source().labelFor(label.getKey()), label.getValue()))
        .toList();
  }

  private static String tokenizerOf(SiteData data, JobSpec job) {
    return job != null
            && job.task() != Task.CUSTOM
            && data.by(job.model().textConfig().tokenizer()).isPresent()
        ? job.model().textConfig().tokenizer()
        : data.tokenizer();
  }

  private static TokenizedTexts counted(SiteData data, JobSpec job) {
    return data.by(tokenizerOf(data, job)).orElseThrow();
  }

  private static DataForJob forJob(SiteConfig site, JobSpec job, SiteData data) {
    Optional<String> objection = site.policy().objectionToModel(job);
    JobSpec chosen = job;
    if (objection.isEmpty()) {
      try {
        chosen = site.training().chosen(job);
      } catch (TaskRefusedException e) {
        objection = Optional.of(e.getMessage());
      }
    }
    DataForJob seen = DataForJob.of(chosen, data);
    if (objection.isEmpty() && seen.stepsPerRound() != null) {
      objection = site.policy().objectionToSteps(seen.stepsPerRound());
    }
    return objection.map(seen::refusedFor).orElse(seen);
  }

  private static void warnOfTexts(DataReading reading, int copies, List<DataProblem> problems) {
    if (reading.emptyTexts() > 0) {
      warn(problems, "%d rows or files hold no text: they are left out", reading.emptyTexts());
    }
    if (copies > 0) {
      warn(
          problems,
          "%d texts are exact copies of others: they count as often as they occur",
          copies);
    }
  }

  private static void addProblems(
      DataForJob job, TokenizedTexts texts, List<DataProblem> problems) {
    if (job.refusal() != null) {
      problems.add(new DataProblem(Severity.REFUSED, null, null, job.refusal()));
    }
    if (!job.unknownLabels().isEmpty()) {
      problems.add(
          new DataProblem(
              Severity.REFUSED,
              null,
              null,
              "labels that are no class of the job, with their texts: "
                  + some(job.unknownLabels().entrySet())
                  + "; map them by data.labels, or take their texts away"));
    }
    if (!job.missingLabels().isEmpty()) {
      warn(problems, "classes of the job that no text here has: %s", some(job.missingLabels()));
    }
    if (job.textsCut() != null && job.textsCut() > 0) {
      warn(
          problems,
          "%d of %d texts are longer than the %d tokens that the model reads: their ends are cut off",
          job.textsCut(),
          texts.count(),
          job.contextLength());
    }
    if (job.copiesAcrossSplit() != null && job.copiesAcrossSplit() > 0) {
      warn(
          problems,
          "%d texts judge while copies of them are trained on: scores look better than they are",
          job.copiesAcrossSplit());
    }
    if (job.contextLength() == null) {
      warn(problems, "the job's network is external: what it makes of this, its trainer knows");
    }
  }

  private static String some(Collection<?> names) {
    return names.stream().limit(NAMED).map(String::valueOf).collect(Collectors.joining(", "))
        + (names.size() > NAMED ? " and " + (names.size() - NAMED) + " more" : "");
  }

  private static void warn(List<DataProblem> problems, String format, Object... values) {
    problems.add(
        new DataProblem(Severity.WARNING, null, null, String.format(Locale.ROOT, format, values)));
  }

  /** The worst that was found, or null if nothing was. */
  public Severity worst() {
    return problems.stream().map(DataProblem::severity).max(Comparator.naturalOrder()).orElse(null);
  }

  /** The report for people; several lines, the last one ended. */
  public String text() {
    return DataReportText.of(this);
  }
}
