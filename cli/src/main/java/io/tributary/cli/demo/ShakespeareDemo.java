package io.tributary.cli.demo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tributary.client.data.SiteData;
import io.tributary.client.data.TextDataset;
import io.tributary.client.train.LocalTrainer;
import io.tributary.client.train.ModelTrainer;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.JobSpec;
import io.tributary.common.model.ModelDescription;
import io.tributary.common.model.ModelDirectory;
import io.tributary.common.tls.SiteName;
import io.tributary.coordinator.job.JobStatus;
import io.tributary.coordinator.job.JobSummary;
import io.tributary.coordinator.job.RoundRecord;
import io.tributary.examples.shakespeare.RoleSites;
import io.tributary.examples.shakespeare.SpokenPlays;
import io.tributary.simulation.FederationHome;
import io.tributary.simulation.Launcher;
import io.tributary.simulation.LocalFederation;
import io.tributary.simulation.LoopbackPort;
import io.tributary.simulation.ManagedProcess;
import io.tributary.transformer.decode.ByteText;
import io.tributary.transformer.decode.DecodingEngines;
import io.tributary.transformer.decode.GeneratedText;
import io.tributary.transformer.decode.GenerationListener;
import io.tributary.transformer.decode.GenerationSettings;
import io.tributary.transformer.decode.SamplingSettings;
import io.tributary.transformer.decode.TextGenerator;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The main job, end to end: three plays split by speaking role, a real coordinator process and one
 * real process a site over mutual TLS on loopback, federated averaging for some rounds, one site
 * killed while it trains, and an honest comparison.
 *
 * <pre>
 *   plays → sites' texts → certificates → processes → rounds (table) → baseline → sample
 * </pre>
 */
public final class ShakespeareDemo {
  private static final long POLL_MILLIS = 200;
  private static final Duration LONGEST_START = Duration.ofSeconds(60);
  private static final Duration LONGEST_END = Duration.ofSeconds(30);
  private static final double LN_2 = StrictMath.log(2);
  private static final String PROMPT = "To be, or not to be";
  private static final int SAMPLE_BYTES = 300;

  private final DemoOptions options;
  private final Path distribution;
  private final PrintWriter out;
  private final boolean terminal;

  /** A demo that starts processes of {@code distribution} and prints to {@code out}. */
  public ShakespeareDemo(
      DemoOptions options, Path distribution, PrintWriter out, boolean terminal) {
    this.options = options;
    this.distribution = distribution;
    this.out = out;
    this.terminal = terminal;
  }

  /** Runs it. */
  public DemoResult run() throws IOException, InterruptedException {
    JobSpec job = job();
    Map<String, byte[]> texts = texts();
    try (DemoHome place = DemoHome.open(options.home(), options.keep())) {
      FederationHome home =
          FederationHome.create(
              place.directory(), job, texts, LoopbackPort.free(), Clock.systemUTC());
      introduce(job, texts, home);
      long startNanos = System.nanoTime();
      SiteKiller killer;
      JobSummary summary;
      try (LocalFederation federation = new LocalFederation(home, Launcher.of(distribution))) {
        place.inhabitedBy(federation);
        killer = new SiteKiller(federation, home.sites().get(1), job.rounds());
        summary = federate(federation, options.kill() ? killer : null);
      }
      double seconds = (System.nanoTime() - startNanos) / 1e9;
      return conclude(job, home, summary, killer, seconds);
    }
  }

  private JobSpec job() {
    JobSpec job = JobSpec.read(distribution.resolve("jobs").resolve("shakespeare.yaml"));
    // One site is killed and one more may fail: the rest make the quorum.
    int quorum = Math.max(1, options.sites() - 2);
    return job.with(
        options.seed(), options.rounds(), job.round().withCohort(options.sites(), quorum));
  }

  private Map<String, byte[]> texts() throws IOException {
    Map<String, byte[]> texts = new LinkedHashMap<>();
    RoleSites.split(SpokenPlays.read(), options.sites())
        .forEach((name, text) -> texts.put(name, text.getBytes(StandardCharsets.UTF_8)));
    return texts;
  }

  private void introduce(JobSpec job, Map<String, byte[]> texts, FederationHome home) {
    long bytes = texts.values().stream().mapToLong(text -> text.length).sum();
    say(
        "Shakespeare by speaking role: %d sites, %,d bytes of text that never leave them.",
        texts.size(), bytes);
    texts.forEach((name, text) -> say("  %-20s %,9d bytes", name, text.length));
    say(
        "Model: %,d parameters; %d rounds of federated averaging over mutual TLS on loopback.",
        job.model().config().layout().parameterCount(), job.rounds());
    say("Files and logs: %s", home.directory());
    say("");
  }

  private JobSummary federate(LocalFederation federation, SiteKiller killer)
      throws IOException, InterruptedException {
    ManagedProcess coordinator = federation.startCoordinator();
    for (String site : federation.home().sites()) {
      federation.startSite(site);
    }
    RoundTable table = new RoundTable(out, terminal);
    table.header();
    long startDeadline = System.nanoTime() + LONGEST_START.toNanos();
    boolean answered = false;
    while (coordinator.alive()) {
      JobStatus status = null;
      try {
        status = federation.admin().status();
        answered = true;
      } catch (UserErrorException e) {
        // Not up yet, or just gone; the loop's two bounds decide which.
        if (!answered && System.nanoTime() > startDeadline) {
          throw failed("the coordinator does not answer: " + e.getMessage(), coordinator);
        }
      }
      if (status != null) {
        table.show(status);
        if (killer != null) {
          killer.observe(status).ifPresent(table::note);
        }
      }
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
    }
    table.show(RoundRecords.read(federation.home().run()));
    table.finish();
    return end(federation, coordinator, table);
  }

  private JobSummary end(LocalFederation federation, ManagedProcess coordinator, RoundTable table)
      throws InterruptedException {
    JobSummary summary = null;
    try {
      String lastLine = coordinator.endOfLog().strip().lines().reduce("", (a, b) -> b);
      summary = new ObjectMapper().readValue(lastLine, JobSummary.class);
    } catch (JsonProcessingException e) {
      throw failed("the coordinator ended without a summary", coordinator);
    }
    if (!summary.isCompleted()) {
      throw failed("the job " + summary.outcome() + ": " + summary.reason(), coordinator);
    }
    if (summary.heldOutNatsPerByteInitial() == null || summary.heldOutNatsPerByteFinal() == null) {
      throw failed("no site reported a held-out loss", coordinator);
    }
    for (String site : federation.home().sites()) {
      ManagedProcess process = federation.process(site);
      if (!process.await(LONGEST_END)) {
        table.note("site " + site + " did not end by itself and is stopped");
      }
    }
    return summary;
  }

  private DemoResult conclude(
      JobSpec job, FederationHome home, JobSummary summary, SiteKiller killer, double seconds) {
    String largest = home.sites().get(0);
    for (String site : home.sites()) {
      if (size(home, site) > size(home, largest)) {
        largest = site;
      }
    }
    say("");
    say(
        "Held-out loss on all sites' held-out text: %s before, %s after %d rounds (%.0f s).",
        loss(summary.heldOutNatsPerByteInitial()),
        loss(summary.heldOutNatsPerByteFinal()),
        summary.rounds(),
        seconds);
    Double alone = options.baseline() ? baseline(job, home, largest) : null;
    if (alone != null) {
      say(
          "Largest site alone (%s), as many steps, stopped early: %s on the same text.",
          largest, loss(alone));
    }
    say(
        "Coordinator: %s resident at most; %.1f MB up, %.1f MB down; round overhead %.2f s"
            + " (median).",
        summary.peakResidentBytes() == null
            ? "unknown memory"
            : Math.round(summary.peakResidentBytes() / 1e6) + " MB",
        summary.bytesUp() / 1e6,
        summary.bytesDown() / 1e6,
        summary.roundOverheadSecondsMedian());
    Path models = Path.of(summary.modelDirectory());
    say("");
    say("The global model continues \"%s\":", PROMPT);
    say("%s", sample(models));
    say("");
    boolean kept = options.keep() || options.home() != null;
    if (kept) {
      say("The model is in %s", models);
      say("Try: ./tributary generate --model %s --prompt \"%s\"", models, PROMPT);
    } else {
      say("The model was in a temporary directory that is deleted now; --keep keeps it.");
    }
    return new DemoResult(
        summary.rounds(),
        home.sites().size(),
        killer.killed() ? 1 : 0,
        killer.rejoined() ? 1 : 0,
        summary.heldOutNatsPerByteInitial(),
        summary.heldOutNatsPerByteFinal(),
        largest,
        alone,
        summary.modelDigest(),
        kept ? summary.modelDirectory() : null,
        summary.bytesUp(),
        summary.bytesDown(),
        seconds,
        summary.peakResidentBytes(),
        summary.roundOverheadSecondsMedian());
  }

  private double baseline(JobSpec job, FederationHome home, String largest) {
    Map<String, LocalTrainer> trainers = new LinkedHashMap<>();
    try {
      for (String site : home.sites()) {
        trainers.put(site, new ModelTrainer(SiteData.of(data(home, site))));
      }
      AloneBaseline alone = new AloneBaseline(job);
      say("Now %s trains alone, for comparison (not counted in the time) ...", largest);
      float[] best =
          alone.train(
              new SiteName(largest),
              trainers.get(largest),
              roundsTaken(home, largest),
              round -> {});
      return alone.unionNatsPerByte(best, trainers.values());
    } finally {
      trainers.values().forEach(LocalTrainer::close);
    }
  }

  /** Rounds in which the site's update was folded, from the coordinator's own record. */
  private int roundsTaken(FederationHome home, String site) {
    List<RoundRecord> records = RoundRecords.read(home.run());
    return (int)
        records.stream()
            .flatMap(record -> record.sites().stream())
            .filter(each -> each.site().equals(site) && each.state().equals("folded"))
            .count();
  }

  private static TextDataset data(FederationHome home, String site) {
    return TextDataset.read(home.siteDirectory(site).resolve("data"));
  }

  private static int size(FederationHome home, String site) {
    return data(home, site).byteCount();
  }

  private static String sample(Path models) {
    ModelDirectory directory = new ModelDirectory(models);
    ModelDescription description = directory.description();
    TextGenerator generator =
        new TextGenerator(
            description.textConfig(),
            directory.weights(description),
            new ByteText(description.textConfig().vocabularySize()),
            DecodingEngines.cached());
    GenerationSettings settings =
        GenerationSettings.of(SamplingSettings.of(0.7, 20, 1), SAMPLE_BYTES);
    GeneratedText sample =
        generator.generate(List.of(PROMPT), settings, GenerationListener.none()).texts().get(0);
    return ("> " + PROMPT + sample.text()).replace("\n", "\n> ");
  }

  private static String loss(double natsPerByte) {
    return String.format(
        Locale.ROOT, "%.3f nats (%.3f bits) per byte", natsPerByte, natsPerByte / LN_2);
  }

  private static UserErrorException failed(String message, ManagedProcess coordinator) {
    return new UserErrorException(
        UserErrorException.Kind.FAILED,
        message + "\nThe end of the coordinator's log:\n" + coordinator.endOfLog());
  }

  private void say(String format, Object... values) {
    out.println(String.format(Locale.ROOT, format, values));
    out.flush();
  }
}
