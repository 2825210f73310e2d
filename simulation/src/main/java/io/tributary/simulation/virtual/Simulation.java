package io.tributary.simulation.virtual;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.tributary.certs.CertificateAuthority;
import io.tributary.certs.HostNames;
import io.tributary.certs.Validity;
import io.tributary.client.train.LocalPlan;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.config.UserErrorException.Kind;
import io.tributary.common.job.JobSpec;
import io.tributary.common.notary.Ed25519Notary;
import io.tributary.common.notary.Notary;
import io.tributary.common.store.CrashPoint;
import io.tributary.common.tls.CertificateFiles;
import io.tributary.common.tls.SiteName;
import io.tributary.common.tls.TlsMaterial;
import io.tributary.common.wire.WireLimits;
import io.tributary.coordinator.CoordinatorCore;
import io.tributary.coordinator.job.JobSummary;
import io.tributary.coordinator.job.Pace;
import io.tributary.coordinator.job.RoundRecord;
import io.tributary.coordinator.ledger.Ledger;
import io.tributary.coordinator.ledger.RunRow;
import io.tributary.coordinator.ledger.SqliteLedger;
import io.tributary.coordinator.store.CoordinatorHome;
import io.tributary.transformer.ComputeThreads;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * A federation in one process: the real coordinator, ledger, spools, update pipeline and trainers,
 * with virtual sites, in-memory connections and virtual time. The façade of this package.
 *
 * <pre>
 *   Partition ─► SiteText ─► VirtualSite ◄─MemoryConnection─► CoordinatorCore ─► ledger, spools, models
 *                                │                                  │
 *                            WorkerPool                        RoundTables
 * </pre>
 *
 * <p>The model that comes out is, bit for bit, that of a deployed run of the same job with the same
 * site names, texts and threads of the maths library, on the same kind of processor.
 */
public final class Simulation {
  /** Results that wait may take one part of so many of the heap. */
  private static final int HELD_HEAP_SHARE = 8;

  private static final double NANOS = 1e9;

  private final SimulationOptions options;
  private final SimulationListener audience;
  private final JobSpec job;
  private final long startNanos = System.nanoTime();
  private final List<RoundLine> lines = new ArrayList<>();
  private final Set<String> recorded = new HashSet<>(); // attempts that have a line
  private final ObjectMapper mapper = new ObjectMapper();
  private long lineNanos = startNanos;
  private long lineTrainingNanos;

  private Simulation(SimulationOptions options, SimulationListener audience) {
    this.options = options;
    this.audience = audience;
    this.job = options.job();
  }

  /**
   * Runs a simulation to its end, from where it stands in {@code options.out()}. Killed at any
   * instant it loses nothing: the next call goes on.
   *
   * @param audience hears how it goes on
   * @throws UserErrorException for everything that a user can put right
   * @throws IOException if the directory cannot be used
   */
  public static SimulationResult run(SimulationOptions options, SimulationListener audience)
      throws IOException {
    return new Simulation(options, audience).run();
  }

  private SimulationResult run() throws IOException {
    SortedMap<SiteName, SiteText> texts =
        options.partition().deal(options.texts(), options.sites(), job.seed());
    SortedMap<SiteName, LocalPlan> plans = VirtualFleet.plans(job, texts);
    OutDirectory out = OutDirectory.open(options);
    try (CoordinatorHome home = CoordinatorHome.open(out.coordinatorHome());
        Ledger ledger = SqliteLedger.open(home.ledger(), home.path())) {
      Optional<RunRow> known = ledger.runs().stream().findFirst();
      List<String> records = known.map(run -> ledger.records(run.runId())).orElse(List.of());
      RoundTables tables = RoundTables.open(out.csv(), out.jsonLines(), records, lines);
      audience.started(
          texts.size(),
          texts.values().stream().mapToInt(SiteText::size).min().orElse(0),
          texts.values().stream().mapToInt(SiteText::size).max().orElse(0));
      for (RoundLine line : lines) {
        recorded.add(line.round() + "." + line.attempt());
        audience.round(line);
      }
      if (known.isPresent() && known.get().state().isEnded()) {
        RunRow run = known.get();
        String outcome = run.state().name().toLowerCase(java.util.Locale.ROOT);
        return result(outcome, run.reason().isEmpty() ? null : run.reason(), null, 0);
      }
      return federate(texts, plans, out, home, ledger, tables);
    }
  }

  private SimulationResult federate(
      SortedMap<SiteName, SiteText> texts,
      SortedMap<SiteName, LocalPlan> plans,
      OutDirectory out,
      CoordinatorHome home,
      Ledger ledger,
      RoundTables tables)
      throws IOException {
    VirtualLoop loop = new VirtualLoop();
    WireLimits limits = WireLimits.DEFAULT;
    long held = Runtime.getRuntime().maxMemory() / HELD_HEAP_SHARE;
    try (WorkerPool workers =
        new WorkerPool(
            options.workers(), () -> ComputeThreads.use(options.threadsPerWorker()), held)) {
      VirtualFleet[] fleet =
          new VirtualFleet[1]; // it needs the coordinator, which needs the ledger
      LedgerWatch watched =
          new LedgerWatch(
              ledger,
              new LedgerWatch.Audience() {
                @Override
                public void attemptSettled() {
                  fleet[0].bringBack();
                }

                @Override
                public void recorded(String json) {
                  line(json, tables, workers);
                }
              });
      CoordinatorCore core =
          new CoordinatorCore(
              home.path(),
              watched,
              limits,
              Pace.DEFAULT,
              coreOptions(home),
              new CoordinatorCore.Ports(
                  loop,
                  loop,
                  loop,
                  Clock.systemUTC(),
                  notary(out),
                  CrashPoint.NONE,
                  new SecureRandom()));
      fleet[0] =
          new VirtualFleet(options, limits, texts, plans, loop, workers, audience, core::listener);
      return play(core, loop, fleet[0], workers);
    }
  }

  private SimulationResult play(
      CoordinatorCore core, VirtualLoop loop, VirtualFleet fleet, WorkerPool workers) {
    core.start();
    var submitted = core.jobs().submitOrGoOn(job);
    CompletableFuture<JobSummary> ended =
        submitted.thenCompose(view -> core.jobs().ended(job.name()));
    fleet.connectAll();
    boolean finished = loop.runUntil(() -> ended.isDone() || core.failed().isDone());
    if (core.failed().isDone()) {
      throw failure(core.failed().join());
    }
    if (!finished) {
      throw new IllegalStateException("nothing more happens, but the job has not ended");
    }
    try {
      JobSummary summary = ended.join();
      return result(
          summary.outcome(),
          summary.reason(),
          summary.peakResidentBytes(),
          workers.trainingNanos());
    } catch (CompletionException e) {
      throw failure(e.getCause());
    }
  }

  private static RuntimeException failure(Throwable cause) {
    return cause instanceof UserErrorException error
        ? error
        : new IllegalStateException("the coordinator failed", cause);
  }

  private CoordinatorCore.Options coreOptions(CoordinatorHome home) {
    CoordinatorCore.Options standard = CoordinatorCore.Options.DEFAULT;
    return new CoordinatorCore.Options(
        1,
        standard.maxQueuedJobs(),
        standard.keepSpools(),
        standard.encryption(),
        standard.discardDamaged(),
        () -> {
          try {
            return home.usableBytes();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  /** A receipt key of a throw-away authority, so that the log can be verified like a real one. */
  private static Notary notary(OutDirectory out) {
    Clock clock = Clock.systemUTC();
    if (!Files.exists(out.certificates().resolve(CertificateFiles.RECEIPTS))) {
      var unusedFiles =
          new CertificateAuthority(out.certificates(), clock, Validity.DEFAULT)
              .init(HostNames.LOCAL, true);
    }
    return new Ed25519Notary(TlsMaterial.loadReceipts(out.certificates(), clock));
  }

  private void line(String json, RoundTables tables, WorkerPool workers) {
    long now = System.nanoTime();
    long training = workers.trainingNanos();
    try {
      RoundRecord record = mapper.readValue(json, RoundRecord.class);
      if (!recorded.add(record.round() + "." + record.attempt())) {
        return; // told again: the first record of an attempt stands
      }
      RoundLine line =
          RoundLine.of(record, (now - lineNanos) / NANOS, (training - lineTrainingNanos) / NANOS);
      tables.add(record, line);
      lines.add(line);
      audience.round(line);
    } catch (IOException e) {
      throw new UserErrorException(
          Kind.FAILED,
          "a round's line cannot be written to "
              + options.out()
              + " ("
              + e
              + "): make room and give"
              + " the same command again, it goes on",
          e);
    }
    lineNanos = now;
    lineTrainingNanos = training;
  }

  private SimulationResult result(
      String outcome, String reason, Long peakResidentBytes, long trainingNanos) {
    double wall = (System.nanoTime() - startNanos) / NANOS;
    double training = trainingNanos / NANOS;
    RoundLine last = null;
    Double loss = null;
    int committed = 0;
    for (RoundLine line : lines) {
      committed += line.outcome().equals("committed") ? 1 : 0;
      last = line.modelDigest() == null ? last : line;
      loss = line.heldOutNatsPerByte() == null ? loss : line.heldOutNatsPerByte();
    }
    return new SimulationResult(
        job.name(),
        outcome,
        reason,
        committed,
        options.sites(),
        options.partition().toString(),
        options.dropout(),
        job.seed(),
        job.round().cohort(),
        job.round().quorum(),
        options.workers(),
        lines.isEmpty() ? null : lines.get(0).heldOutNatsPerByte(),
        loss,
        last == null ? null : last.modelDigest(),
        lines.stream().mapToLong(RoundLine::dropped).sum(),
        wall,
        training,
        training == 0 ? null : wall * options.workers() / training,
        peakResidentBytes,
        options.out().toAbsolutePath().normalize().toString(),
        lines);
  }
}
