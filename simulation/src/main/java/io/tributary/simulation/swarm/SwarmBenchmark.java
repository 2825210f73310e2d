package io.tributary.simulation.swarm;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.netty.handler.ssl.SslContext;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.AggregationRules;
import io.tributary.common.job.JobSpec;
import io.tributary.common.job.ServerRules;
import io.tributary.common.notary.CertifiedVerifier;
import io.tributary.common.tls.CertificateFiles;
import io.tributary.common.tls.PemFiles;
import io.tributary.common.tls.SiteName;
import io.tributary.common.tls.TlsContexts;
import io.tributary.common.tls.TlsMaterial;
import io.tributary.common.tls.TlsProvider;
import io.tributary.common.wire.WireLimits;
import io.tributary.coordinator.job.RoundRecord;
import io.tributary.simulation.FederationHome;
import io.tributary.simulation.Launcher;
import io.tributary.simulation.LocalFederation;
import io.tributary.simulation.LoopbackPort;
import io.tributary.simulation.ManagedProcess;
import io.tributary.simulation.limits.MachineLimits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * How fast a real coordinator process takes the updates of many sites and hands the model out: all
 * sites are in this process, with certificates of their own and the real protocol, and training
 * takes no time.
 *
 * <pre>
 *   certificates, manifests ─► limits ─► coordinator ─► connect ─► (round 0: initial model out)
 *     ─► rounds: updates in, fold, model out ─► end ─► receipts, models ─► limits
 * </pre>
 */
public final class SwarmBenchmark {
  /** What the dialled host is called in the coordinator's certificate. */
  public static final String HOST = "127.0.0.1";

  private static final long SEED = 1;
  private static final long POLL_MILLIS = 200;
  private static final long LONGEST_START_SECONDS = 120;
  private static final long LONGEST_STANDSTILL_SECONDS = 300;
  private static final Duration LONGEST_END = Duration.ofSeconds(60);
  private static final int IDLE_TIMEOUT_MILLIS = 120_000;

  /** Larger models are not recomputed. */
  private static final long CHECKED_PARAMETERS = 5_000_000;

  /** Nor are later rounds. */
  private static final int CHECKED_ROUNDS = 3;

  private final SwarmOptions options;
  private final Path directory;
  private final Launcher launcher;
  private final Consumer<String> progress;
  private final JobSpec job;
  private final WireLimits limits = siteLimits();
  private final List<SiteName> names;
  private final Deltas deltas;
  private final KeptModels kept;

  private SwarmBenchmark(
      SwarmOptions options, Path directory, Launcher launcher, Consumer<String> progress) {
    this.options = options;
    this.directory = directory;
    this.launcher = launcher;
    this.progress = progress;
    this.job = SwarmJob.of(options);
    this.names =
        IntStream.range(0, options.clients())
            .mapToObj(client -> new SiteName("site-%04d".formatted(client)))
            .toList();
    this.deltas = new Deltas(SEED, SwarmJob.updateValues(job), limits);
    this.kept = new KeptModels(isRecomputed() ? 1 + CHECKED_ROUNDS : 0);
  }

  /**
   * Runs it.
   *
   * @param directory an empty directory on the disk that counts; its content is the caller's to
   *     delete
   * @param launcher of a coordinator with enough memory for the model
   * @param progress hears a line at every stage
   * @throws UserErrorException when anything is not as it should be: then there is no result
   * @throws IllegalArgumentException if the rule does not apply to so many sites
   */
  public static SwarmResult run(
      SwarmOptions options, Path directory, Launcher launcher, Consumer<String> progress)
      throws IOException, InterruptedException {
    return new SwarmBenchmark(options, directory, launcher, progress).run();
  }

  private static WireLimits siteLimits() {
    WireLimits wire = WireLimits.DEFAULT;
    return new WireLimits(
        wire.maxControlFrameBytes(),
        wire.maxHelloFrameBytes(),
        wire.chunkBytes(),
        wire.maxChunkBytes(),
        wire.maxBlobBytes(),
        wire.maxChunksPerBlob(),
        wire.handshakeTimeoutMillis(),
        wire.heartbeatIntervalMillis(),
        IDLE_TIMEOUT_MILLIS,
        wire.closeTimeoutMillis(),
        2 * wire.chunkBytes(), // of every client: a thousand of them are in one process here
        wire.chunkBytes(),
        wire.maxPendingControlBytes(),
        wire.maxTransfersPerConnection(),
        wire.maxConnections(),
        wire.maxConcurrentHandshakes());
  }

  private SwarmResult run() throws IOException, InterruptedException {
    OpenFiles.require(options.clients());
    progress.accept("certificates of %,d clients".formatted(options.clients()));
    int port = LoopbackPort.free();
    FederationHome home = home(port);
    progress.accept("SHA-256 of every update to come");
    Manifests manifests = Manifests.of(deltas, options.clients(), options.allRounds());
    SslContext receiver =
        TlsContexts.forCoordinator(
            TlsMaterial.loadCoordinator(home.certificates(), Clock.systemUTC()),
            TlsProvider.preferred());
    try (Swarm swarm =
            new Swarm(
                HOST,
                port,
                limits,
                names,
                name ->
                    home.certificates()
                        .resolve(CertificateFiles.SITES_DIRECTORY)
                        .resolve(name.value()));
        LocalFederation federation = new LocalFederation(home, launcher)) {
      Files.createDirectories(home.coordinatorHome());
      progress.accept("limits of this machine, before");
      MachineLimits before = limits(home, receiver, swarm.anyContext());
      ManagedProcess coordinator = federation.startCoordinator();
      SwarmEvents events;
      double handshakes;
      long peak;
      try (CoordinatorProbe probe = CoordinatorProbe.watch(coordinator.pid())) {
        events =
            new SwarmEvents(
                options.clients(), options.allRounds(), System::nanoTime, probe::cpuSeconds);
        awaitListening(federation, coordinator);
        progress.accept(
            "%,d rounds to warm up, %,d rounds"
                .formatted(options.warmupRounds(), options.rounds()));
        handshakes = swarm.connect(sites(manifests, events));
        try {
          awaitEnd(events, coordinator);
          requireGoodEnd(coordinator);
          requireNoLeak(home);
        } catch (SwarmFailedException e) {
          throw new SwarmFailedException(
              e.getMessage() + "; the coordinator's log ends:\n" + coordinator.endOfLog());
        }
        peak = probe.peakResidentBytes();
      }
      progress.accept("receipts and models");
      CertifiedVerifier verifier =
          new CertifiedVerifier(
              PemFiles.certificates(home.certificates().resolve(CertificateFiles.ROOT)).get(0));
      int receipts = new ReceiptCheck(verifier, names, deltas, manifests).check(events.receipts());
      int models = recompute();
      progress.accept("limits of this machine, after");
      return new SwarmMeasures(
              job,
              SwarmJob.updateValues(job),
              options.warmupRounds(),
              events.rounds(options.warmupRounds() + 1),
              roundSeconds(home),
              peak,
              handshakes,
              receipts,
              models,
              before,
              limits(home, receiver, swarm.anyContext()))
          .result();
    } catch (SwarmFailedException e) {
      throw failed(e.getMessage());
    }
  }

  private FederationHome home(int port) throws IOException {
    Map<String, byte[]> texts = new LinkedHashMap<>();
    byte[] text = "nobody reads this".getBytes(StandardCharsets.UTF_8);
    names.forEach(name -> texts.put(name.value(), text));
    FederationHome home = FederationHome.create(directory, job, texts, port, Clock.systemUTC());
    // Every process here waits for the same few processors: a site that does is not gone.
    Files.writeString(
        home.coordinatorConfig(),
        "limits:\n  idle-timeout-millis: " + IDLE_TIMEOUT_MILLIS + "\n",
        StandardOpenOption.APPEND);
    return home;
  }

  private MachineLimits limits(FederationHome home, SslContext receiver, SslContext sender)
      throws IOException, InterruptedException {
    return MachineLimits.measure(
        receiver, sender, HOST, home.coordinatorHome(), deltas.totalBytes(), options.limitMillis());
  }

  private List<SwarmSite> sites(Manifests manifests, SwarmEvents events) {
    List<SwarmSite> sites = new ArrayList<>();
    for (int client = 0; client < names.size(); client++) {
      sites.add(
          new SwarmSite(
              client,
              names.get(client),
              limits,
              deltas,
              manifests,
              client == 0 ? Optional.of(kept) : Optional.empty(),
              events));
    }
    return sites;
  }

  private void awaitListening(LocalFederation federation, ManagedProcess coordinator)
      throws InterruptedException, SwarmFailedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LONGEST_START_SECONDS);
    while (coordinator.alive() && System.nanoTime() < deadline) {
      try {
        var unused = federation.admin().status();
        return;
      } catch (UserErrorException notUpYet) {
        TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
      }
    }
    throw new SwarmFailedException(
        "the coordinator did not serve within "
            + LONGEST_START_SECONDS
            + " s; its log ends: "
            + coordinator.endOfLog());
  }

  private static void awaitEnd(SwarmEvents events, ManagedProcess coordinator)
      throws InterruptedException, SwarmFailedException {
    long count = -1;
    long since = System.nanoTime();
    while (!events.awaitEnd(POLL_MILLIS)) {
      if (events.count() != count) {
        count = events.count();
        since = System.nanoTime();
      }
      boolean still =
          System.nanoTime() - since > TimeUnit.SECONDS.toNanos(LONGEST_STANDSTILL_SECONDS);
      if (still || !coordinator.alive()) {
        throw new SwarmFailedException(
            (still
                ? "nothing happened for " + LONGEST_STANDSTILL_SECONDS + " s"
                : "the coordinator ended"));
      }
    }
  }

  private static void requireGoodEnd(ManagedProcess coordinator)
      throws InterruptedException, SwarmFailedException {
    boolean ended = coordinator.await(LONGEST_END);
    OptionalInt exit = coordinator.exitCode();
    if (!ended || exit.orElseThrow() != 0) {
      throw new SwarmFailedException(
          "the coordinator "
              + (ended ? "ended with exit code " + exit.getAsInt() : "did not end")
              + " after its job");
    }
  }

  /** Netty reports a buffer that was never released where it notices, in the log. */
  private static void requireNoLeak(FederationHome home) throws IOException, SwarmFailedException {
    try (Stream<String> lines = Files.lines(home.log(LocalFederation.COORDINATOR))) {
      Optional<String> leak = lines.filter(line -> line.contains("LEAK: ")).findFirst();
      if (leak.isPresent()) {
        throw new SwarmFailedException("the coordinator leaked a buffer: " + leak.get());
      }
    }
  }

  /** Whether the rule is one whose result is recomputed here, and the model small enough. */
  private boolean isRecomputed() {
    ServerRules server = job.server();
    return SwarmJob.updateValues(job) <= CHECKED_PARAMETERS
        && job.aggregation().rule() == AggregationRules.Rule.WEIGHTED_MEAN
        && server.optimizer() == ServerRules.Optimizer.SGD
        && server.learningRate() == 1
        && server.finalLearningRate() == 1;
  }

  private int recompute() throws SwarmFailedException {
    ModelCheck check = new ModelCheck(deltas, options.clients(), job.fixedPoint());
    Optional<float[]> base = kept.ofRound(0);
    int checked = 0;
    for (int round = 1; base.isPresent(); round++) {
      Optional<float[]> published = kept.ofRound(round);
      if (published.isPresent()) {
        check.check(round, base.get(), published.get());
        checked++;
      }
      base = published;
    }
    int expected = isRecomputed() ? Math.min(options.allRounds(), CHECKED_ROUNDS) : 0;
    if (checked != expected) {
      throw new SwarmFailedException(
          "%d published models came to the first client, not %d".formatted(checked, expected));
    }
    return checked;
  }

  private List<Double> roundSeconds(FederationHome home) throws IOException, SwarmFailedException {
    ObjectMapper json = new ObjectMapper();
    List<Double> seconds = new ArrayList<>();
    for (String line : Files.readAllLines(home.run().resolve("rounds.jsonl"))) {
      RoundRecord record = json.readValue(line, RoundRecord.class);
      if (record.outcome().equals("committed")) {
        seconds.add(record.seconds());
      }
    }
    if (seconds.size() != options.allRounds()) {
      throw new SwarmFailedException(
          "the coordinator recorded %d committed rounds, not %d"
              .formatted(seconds.size(), options.allRounds()));
    }
    return seconds.subList(options.warmupRounds(), seconds.size());
  }

  private static UserErrorException failed(String message) {
    return new UserErrorException(UserErrorException.Kind.FAILED, message);
  }
}
