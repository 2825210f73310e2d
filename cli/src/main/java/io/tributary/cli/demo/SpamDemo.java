package io.tributary.cli.demo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.JobSpec;
import io.tributary.common.model.ModelDirectory;
import io.tributary.common.model.StartingWeights;
import io.tributary.common.tensor.Layout;
import io.tributary.coordinator.job.JobStatus;
import io.tributary.coordinator.job.JobSummary;
import io.tributary.examples.spam.Mail;
import io.tributary.examples.spam.MailingListSites;
import io.tributary.examples.spam.SpamCorpus;
import io.tributary.simulation.FederationHome;
import io.tributary.simulation.Launcher;
import io.tributary.simulation.LocalFederation;
import io.tributary.simulation.LoopbackPort;
import io.tributary.simulation.ManagedProcess;
import io.tributary.transformer.ConfusionMatrix;
import io.tributary.transformer.pretrained.ImportOptions;
import io.tributary.transformer.pretrained.PretrainedImport;
import io.tributary.transformer.pretrained.PretrainedModel;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/**
 * A pretrained encoder put to use across sites that differ as much as sites do: SpamAssassin's
 * mails by mailing list, most of which have hardly any spam or nothing else.
 *
 * <pre>
 *   corpus ─► mails by list ─► a site each ─┐
 *   MiniLM ─► coordinator's home ───────────┴► processes ─► rounds ─► macro-F1, and whom to beat
 * </pre>
 *
 * <p>Real processes over mutual TLS on loopback: a coordinator, and a few hosts of several sites
 * each. Every site has its own certificate, connection, home and data.
 */
public final class SpamDemo {
  private static final int MAX_HOSTS = 4;
  private static final long POLL_MILLIS = 500;
  private static final Duration LONGEST_START = Duration.ofMinutes(2);
  private static final Duration LONGEST_END = Duration.ofMinutes(1);

  private final SpamOptions options;
  private final Path distribution;
  private final PrintWriter out;
  private final boolean terminal;
  private final PeakMemory memory = new PeakMemory();

  /** A demo that starts processes of {@code distribution} and prints to {@code out}. */
  public SpamDemo(SpamOptions options, Path distribution, PrintWriter out, boolean terminal) {
    this.options = options;
    this.distribution = distribution;
    this.out = out;
    this.terminal = terminal;
  }

  /** Runs it. */
  public SpamResult run() throws IOException, InterruptedException {
    Map<String, List<Mail>> mails = mails();
    Path source = SpamSources.model(options.model());
    try (DemoHome place = DemoHome.open(options.home(), options.keep())) {
      Path imported = place.directory().resolve("coordinator/home/imported/minilm");
      Files.createDirectories(imported.getParent());
      String digest = PretrainedImport.read(source, ImportOptions.DEFAULTS).write(imported);
      Path tokenizer = place.directory().resolve(PretrainedModel.TOKENIZER_FILE);
      Files.copy(imported.resolve(PretrainedModel.TOKENIZER_FILE), tokenizer);
      JobSpec job =
          SpamJob.read(
              distribution.resolve("jobs").resolve("spam.yaml"), options, mails.size(), digest);
      FederationHome home =
          FederationHome.createWith(
              place.directory(),
              job,
              SpamSites.files(mails, tokenizer),
              LoopbackPort.free(),
              Clock.systemUTC());
      int cores = Runtime.getRuntime().availableProcessors();
      int hosts = Math.min(Math.min(MAX_HOSTS, cores), mails.size());
      introduce(job, mails, home, hosts);
      long startNanos = System.nanoTime();
      JobSummary summary;
      try (LocalFederation federation = new LocalFederation(home, Launcher.of(distribution))) {
        place.inhabitedBy(federation);
        summary = federate(federation, SpamSites.hosts(mails, hosts));
      }
      double federationSeconds = (System.nanoTime() - startNanos) / 1e9;
      float[] initial = initialWeights(job, imported);
      try (SpamJudge judge = new SpamJudge(job, home, cores)) {
        return conclude(judge, initial, mails, hosts, summary, startNanos, federationSeconds);
      }
    }
  }

  private Map<String, List<Mail>> mails() throws IOException, InterruptedException {
    Path source = SpamSources.mails(options.data());
    List<Mail> all;
    try {
      all = SpamCorpus.read(source);
    } catch (IOException e) {
      throw new UserErrorException(
          UserErrorException.Kind.FAILED, "the mails cannot be read: " + e.getMessage(), e);
    }
    Map<String, List<Mail>> sites = MailingListSites.split(all, options.sites());
    if (sites.size() < 2) {
      throw new UserErrorException(
          UserErrorException.Kind.FAILED,
          source
              + " has "
              + sites.size()
              + " mailing lists with at least "
              + MailingListSites.MIN_MAILS
              + " different mails: two are needed for a federation");
    }
    long used = sites.values().stream().mapToLong(List::size).sum();
    say(
        "SpamAssassin by mailing list: %d sites with %,d of %,d different mails (the rest is of"
            + " smaller lists), headers stripped; they never leave their site.",
        sites.size(), used, all.size());
    return sites;
  }

  private void introduce(
      JobSpec job, Map<String, List<Mail>> mails, FederationHome home, int hosts) {
    say("  %-42s %6s %6s %6s", "site", "mails", "spam", "share");
    mails.forEach(
        (site, list) ->
            say(
                "  %-42s %,6d %,6d %5.0f%%",
                site,
                list.size(),
                SpamSites.spam(list),
                100.0 * SpamSites.spam(list) / list.size()));
    Layout layout = job.model().config().layout();
    say(
        "Model: all-MiniLM-L6-v2, %,d parameters, of which %,d are trained (--tune %s); %d rounds"
            + " over mutual TLS on loopback.",
        layout.parameterCount(), layout.trainableCount(), options.tune(), job.rounds());
    say("Processes: a coordinator and %d that host the sites.", hosts);
    say("Files and logs: %s", home.directory());
    say("");
  }

  private JobSummary federate(LocalFederation federation, List<List<String>> hosts)
      throws IOException, InterruptedException {
    ManagedProcess coordinator = federation.startCoordinator();
    List<ManagedProcess> clients = new ArrayList<>();
    for (List<String> sites : hosts) {
      clients.add(federation.startHost("client-" + (clients.size() + 1), sites));
    }
    RoundTable table = new RoundTable(out, terminal, "mail");
    table.header();
    long startDeadline = System.nanoTime() + LONGEST_START.toNanos();
    boolean answered = false;
    while (coordinator.alive()) {
      try {
        JobStatus status = federation.admin().status();
        answered = true;
        table.show(status);
      } catch (UserErrorException e) {
        if (!answered && System.nanoTime() > startDeadline) {
          throw failed("the coordinator does not answer: " + e.getMessage(), coordinator);
        }
      }
      memory.observe(coordinator.pid());
      for (ManagedProcess client : clients) {
        memory.observe(client.pid());
        if (!client.alive() && client.exitCode().orElse(0) != 0 && coordinator.alive()) {
          throw failed(client.name() + " has ended", client);
        }
      }
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
    }
    table.show(RoundRecords.read(federation.home().run()));
    table.finish();
    for (ManagedProcess client : clients) {
      if (!client.await(LONGEST_END)) {
        table.note(client.name() + " did not end by itself and is stopped");
      }
    }
    return summary(coordinator);
  }

  private static JobSummary summary(ManagedProcess coordinator) {
    JobSummary summary;
    try {
      String lastLine = coordinator.endOfLog().strip().lines().reduce("", (a, b) -> b);
      summary = new ObjectMapper().readValue(lastLine, JobSummary.class);
    } catch (JsonProcessingException e) {
      throw failed("the coordinator ended without a summary", coordinator);
    }
    if (!summary.isCompleted()) {
      throw failed("the job " + summary.outcome() + ": " + summary.reason(), coordinator);
    }
    return summary;
  }

  /** The weights that the coordinator started from: they follow from the job and the import. */
  private static float[] initialWeights(JobSpec job, Path imported) throws IOException {
    ModelDirectory model = new ModelDirectory(imported);
    Layout layout = job.model().config().layout();
    float[] weights = new float[layout.parameterCount()];
    float[] part = new float[1 << 16];
    try (StartingWeights stream =
        StartingWeights.open(
            layout,
            job.seed(),
            model.description().config().layout(),
            model.weightsFile(model.description().digest()))) {
      for (int at = 0; at < weights.length; at += part.length) {
        int length = Math.min(part.length, weights.length - at);
        stream.next(part, length);
        System.arraycopy(part, 0, weights, at, length);
      }
    }
    return weights;
  }

  private SpamResult conclude(
      SpamJudge judge,
      float[] initial,
      Map<String, List<Mail>> mails,
      int hosts,
      JobSummary summary,
      long startNanos,
      double federationSeconds)
      throws IOException {
    ModelDirectory models = new ModelDirectory(Path.of(summary.modelDirectory()));
    float[] trained = models.weights(models.description());
    Map<String, Double> before = new LinkedHashMap<>();
    Map<String, Double> after = new LinkedHashMap<>();
    double initialF1 = score(judge, initial, mails, before);
    double finalF1 = score(judge, trained, mails, after);
    double seconds = (System.nanoTime() - startNanos) / 1e9;
    say("");
    say(
        "Macro-F1 on all sites' held-out mails: %.3f before, %.3f after %d rounds (%.0f s, and"
            + " %.0f s to judge).",
        initialF1, finalF1, summary.rounds(), federationSeconds, seconds - federationSeconds);
    Map<String, Double> alone = new LinkedHashMap<>();
    Double pooled = null;
    if (options.baseline()) {
      say(
          "For comparison, not counted in the time: all mails in one place, and each site alone ...");
      pooled = judge.union(judge.pooled(initial)).macroF1();
      for (String site : mails.keySet()) {
        alone.put(site, judge.union(judge.alone(site, initial)).macroF1());
      }
    }
    Double aloneMean =
        alone.isEmpty()
            ? null
            : alone.values().stream().mapToDouble(Double::doubleValue).average().orElseThrow();
    memory.observe(ProcessHandle.current().pid());
    OptionalLong peak = memory.sumBytes();
    List<SpamResult.Site> perSite = new ArrayList<>();
    mails.forEach(
        (site, list) ->
            perSite.add(
                new SpamResult.Site(
                    site,
                    list.size(),
                    (int) SpamSites.spam(list),
                    before.get(site),
                    after.get(site),
                    alone.get(site))));
    boolean kept = options.keep() || options.home() != null;
    SpamResult result =
        new SpamResult(
            mails.size(),
            mails.values().stream().mapToInt(List::size).sum(),
            hosts,
            summary.rounds(),
            options.tune().toString(),
            initialF1,
            finalF1,
            aloneMean,
            pooled,
            summary.modelDigest(),
            kept ? summary.modelDirectory() : null,
            summary.bytesUp(),
            summary.bytesDown(),
            seconds,
            federationSeconds,
            peak.isPresent() ? peak.getAsLong() : null,
            perSite);
    print(result);
    return result;
  }

  /** Scores a model on the union, and at each site that holds out both kinds. */
  private static double score(
      SpamJudge judge, float[] weights, Map<String, List<Mail>> mails, Map<String, Double> own) {
    double union = judge.union(weights).macroF1();
    for (String site : mails.keySet()) {
      ConfusionMatrix matrix = judge.own(site, weights);
      if (matrix.hasSeveralClasses()) {
        own.put(site, matrix.macroF1());
      }
    }
    return union;
  }

  private void print(SpamResult result) {
    say("  %-42s %8s %8s %8s", "site (own held-out mails)", "before", "after", "alone*");
    for (SpamResult.Site site : result.perSite()) {
      say(
          "  %-42s %8s %8s %8s",
          site.site(),
          number(site.macroF1Initial()),
          number(site.macroF1Final()),
          number(site.macroF1Alone()));
    }
    say("  - where a site holds out mails of one kind only; * its own model, on all sites' mails");
    if (result.macroF1Pooled() != null) {
      say(
          "Mean of the sites alone: %s. All mails in one place, as many steps as all sites: %s.",
          number(result.macroF1AloneMean()), number(result.macroF1Pooled()));
    }
    say(
        "%.1f MB up, %.1f MB down; all processes together at most %s.",
        result.bytesUp() / 1e6,
        result.bytesDown() / 1e6,
        result.peakResidentBytes() == null
            ? "unknown memory"
            : String.format(Locale.ROOT, "%.1f GB", result.peakResidentBytes() / 1e9));
    if (result.modelDirectory() == null) {
      say("The model was in a temporary directory that is deleted now; --keep keeps it.");
    } else {
      say("The model is in %s", result.modelDirectory());
    }
  }

  private static String number(Double value) {
    return value == null ? "-" : String.format(Locale.ROOT, "%.3f", value);
  }

  private static UserErrorException failed(String message, ManagedProcess process) {
    return new UserErrorException(
        UserErrorException.Kind.FAILED,
        message + "\nThe end of the log of " + process.name() + ":\n" + process.endOfLog());
  }

  private void say(String format, Object... values) {
    out.println(String.format(Locale.ROOT, format, values));
    out.flush();
  }
}
