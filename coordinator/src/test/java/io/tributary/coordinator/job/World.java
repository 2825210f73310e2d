package io.tributary.coordinator.job;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.google.protobuf.ByteString;
import io.netty.buffer.Unpooled;
import io.tributary.common.job.JobSpec;
import io.tributary.common.job.LocalTraining;
import io.tributary.common.job.ModelSpec;
import io.tributary.common.job.RoundRules;
import io.tributary.common.job.UpdateRules;
import io.tributary.common.model.ModelDirectory;
import io.tributary.common.notary.Notary;
import io.tributary.common.store.CrashMoment;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.ChunkSet;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.WireLimits;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.RefusalCode;
import io.tributary.coordinator.fold.WeightedMean;
import io.tributary.coordinator.ledger.Ledger;
import io.tributary.coordinator.ledger.MemoryLedger;
import io.tributary.coordinator.ledger.RunRow;
import io.tributary.coordinator.ledger.RunState;
import io.tributary.coordinator.store.FileModelStore;
import io.tributary.coordinator.store.SpoolEncryption;
import io.tributary.coordinator.store.SpoolUploadStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;

/**
 * A whole run in one thread: the real runner, stores and fold, a clock that jumps to the next
 * timer, and scripted sites. Nothing in it depends on real time, so a run is a function of its
 * scripts. The coordinator can die at any step and at any {@link CrashMoment}: then only its ledger
 * and files are left, its sites lose their connections and come back.
 */
final class World implements SiteGateway, Timer {
  /** Small enough that a chunk is 256 bytes and an update several chunks. */
  static final WireLimits LIMITS =
      new WireLimits(
          1 << 20, 16_384, 256, 1 << 20, 1L << 30, 16_384, 20_000, 5_000, 30_000, 2_000, 1 << 20,
          1 << 19, 4 << 20, 8, 64, 16);

  /** Restart and reconnection together are well within the rejoin grace of {@link #rules}. */
  static final long RESTART_MILLIS = 150;

  /** From a loss of the connection to the next one. */
  long reconnectMillis = 100;

  /** The end of the process; only {@link #play} survives it. */
  private static final class Death extends Error {
    private static final long serialVersionUID = 1L;
  }

  final JobSpec job;
  final RunRow run;
  final Path home;
  final ModelDirectory models;
  final Path spool;
  final MemoryLedger ledger = new MemoryLedger();
  final List<String> refusedConnections = new ArrayList<>();
  final List<String> closedConnections = new ArrayList<>();
  final List<CrashMoment> passed = new ArrayList<>();
  JobRunner runner;
  int restarts;
  private final Map<SiteName, ScriptedSite> sites = new TreeMap<>();
  private final Set<SiteName> connected = new TreeSet<>();
  private final Alarms siteAlarms = new Alarms();
  private final Deque<Runnable> siteQueue = new ArrayDeque<>();
  private Deque<Runnable> queue = new ArrayDeque<>();
  private Alarms alarms = new Alarms();
  private SpoolUploadStore uploads;
  private Set<Integer> deathsAtSteps = Set.of();
  private Map<CrashMoment, Integer> deathsAtMoments = new TreeMap<>();
  private boolean dead;
  private int steps;
  private final Notary notary = new CountingNotary();
  private long now;
  private long up;
  private long down;

  /** What the gateway throws instead of sending, if it does: a defect, not a lost connection. */
  RuntimeException sendDefect;

  RuntimeException broadcastDefect;
  RuntimeException countDefect;

  /** What a disk that is full answers to the next commits, so many times. */
  int commitsThatFail;

  /** So many offers of updates find no room on the disk. */
  int opensThatFail;

  /** What it answers to the next publications. */
  int publicationsThatFail;

  /** How many rows were read, by the ledger's method. */
  final Map<String, Integer> ledgerReads = new TreeMap<>();

  /** Whose commits the owner's thread hears of only after so many milliseconds. */
  final Map<SiteName, Integer> slowNews = new TreeMap<>();

  World(Path home, JobSpec job) {
    this(home, job, ByteString.copyFrom(job.toJson()));
  }

  /** With the bytes in which the job was submitted. */
  World(Path home, JobSpec job, ByteString jobJson) {
    this.job = job;
    this.home = home;
    this.spool = home.resolve("spool");
    this.models = new ModelDirectory(home.resolve("models"));
    try {
      Files.createDirectories(spool);
      Files.createDirectories(home.resolve("keys"));
      Files.createDirectories(models.path());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    this.run =
        new RunRow(
            job.name() + ".0123abcd",
            job.name(),
            job,
            jobJson,
            RunState.QUEUED,
            "",
            ByteString.copyFrom(new byte[32]),
            Instant.EPOCH);
    boolean unusedAdded = ledger.addRun(run);
    ledger.setRunState(run.runId(), RunState.RUNNING, "");
    birth();
  }

  /** A process starts: nothing in it is older than itself. */
  private void birth() {
    dead = false;
    queue = new ArrayDeque<>();
    alarms = new Alarms();
    Deque<Runnable> mine = queue;
    Clock clock = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);
    Ledger mortal =
        Ports.before(
            Ledger.class,
            ledger,
            call -> {
              if (dead) { // nobody writes after its death, whatever still runs on the way out
                throw new Death();
              }
              Object answer = call.proceed();
              int rows = answer instanceof List<?> list ? list.size() : 1;
              ledgerReads.merge(call.name(), rows, Integer::sum);
              return answer;
            });
    uploads =
        new SpoolUploadStore(
            spool,
            home.resolve("keys"),
            Optional.empty(),
            run,
            mortal,
            notary,
            clock,
            SpoolEncryption.NONE,
            mine::add,
            this::reached,
            (site, task, done, total) ->
                mine.add(() -> runner.uploadAdvanced(site, task, done, total)));
    runner =
        new JobRunner(
            run,
            LIMITS,
            new Pace(100, 50, 60_000),
            mine::add,
            this,
            clock,
            this,
            Ports.before(UploadStore.class, uploads, this::disk),
            Ports.before(
                ModelStore.class,
                new FileModelStore(
                    models,
                    run,
                    LIMITS,
                    new WeightedMean(),
                    mortal,
                    notary,
                    clock,
                    mine::add,
                    this::reached),
                this::modelDisk),
            mortal,
            record -> {},
            this::reached);
    queue.add(runner::start);
  }

  @SuppressWarnings("FutureReturnValueIgnored") // whoever called gets it
  private Object disk(Ports.Call call) throws Throwable {
    if (call.name().equals("open") && opensThatFail > 0) {
      opensThatFail--;
      return CompletableFuture.failedFuture(
          new IOException("the spool needs 100 more bytes but its disk has only 10: make room"));
    }
    if (!call.name().equals("commit")) {
      return call.proceed();
    }
    if (commitsThatFail > 0) {
      commitsThatFail--;
      return CompletableFuture.failedFuture(new IOException("no space left on device"));
    }
    Integer millis = slowNews.get(call.argument(0));
    CompletableFuture<?> answer = (CompletableFuture<?>) call.proceed();
    return millis == null ? answer : slowly(answer, millis);
  }

  @SuppressWarnings("FutureReturnValueIgnored") // whoever called gets it
  private Object modelDisk(Ports.Call call) throws Throwable {
    if (call.name().equals("publish") && publicationsThatFail > 0) {
      publicationsThatFail--;
      return CompletableFuture.failedFuture(new IOException("no space left on device"));
    }
    return call.proceed();
  }

  private CompletableFuture<Object> slowly(CompletableFuture<?> answer, int millis) {
    CompletableFuture<Object> late = new CompletableFuture<>();
    var unused =
        answer.thenAccept(
            value -> {
              Runnable unusedCancel = schedule(now + millis, () -> late.complete(value));
            });
    return late;
  }

  private void reached(CrashMoment moment) {
    if (dead) {
      throw new Death();
    }
    passed.add(moment);
    Integer left = deathsAtMoments.computeIfPresent(moment, (key, times) -> times - 1);
    if (left != null && left == 0) {
      die();
    }
  }

  /** Ends the process where it stands; from within one of its steps. */
  private void die() {
    dead = true;
    throw new Death();
  }

  /** The process is to die when it passes the moment for the n-th time. */
  World dyingAt(CrashMoment moment, int time) {
    deathsAtMoments.put(moment, time);
    return this;
  }

  /** The process is to die after these steps, counted over all its lives. */
  World dyingAfter(Set<Integer> someSteps) {
    deathsAtSteps = someSteps;
    return this;
  }

  /** Another process takes the run up; the sites' connections are lost. */
  void restart() {
    restarts++;
    List<SiteName> lost = List.copyOf(connected);
    connected.clear();
    now += RESTART_MILLIS;
    birth();
    for (SiteName site : lost) {
      if (reconnectMillis == 0) { // before the new process has taken a step
        connect(sites.get(site));
      } else {
        later(reconnectMillis, () -> connect(sites.get(site)));
      }
    }
  }

  /** Another runner takes the run up in the same process: connections stay. */
  void resume() {
    birth();
    connected.forEach(site -> queue.add(() -> runner.siteConnected(site)));
  }

  static RoundRules rules(int cohort, int quorum, int maxAttempts) {
    return new RoundRules(cohort, 1.0, quorum, 10_000L, 1_000L, 5_000L, 3_000L, maxAttempts);
  }

  static JobSpec job(int rounds, RoundRules rules) {
    return new JobSpec(
        "test-job",
        7L,
        rounds,
        null,
        new ModelSpec(null, 256, 4, 1, 2, 8, 4),
        null,
        new LocalTraining(null, 0.1, null, null, null, null, 4, 1, null),
        rules,
        new UpdateRules(2.0, 1_000L, null));
  }

  int updateValues() {
    return job.model().config().layout().trainableCount();
  }

  /** Little-endian bytes of a delta that is the same everywhere. */
  static ByteBuffer delta(int values, float value) {
    ByteBuffer bytes = ByteBuffer.allocate(values * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < values; i++) {
      bytes.putFloat(value);
    }
    return bytes.flip();
  }

  /** What the ledger keeps of every attempt, by round and attempt. */
  List<RoundRecord> records() {
    return ledger.records(run.runId()).stream().map(World::record).toList();
  }

  private static RoundRecord record(String json) {
    try {
      return JsonMapper.builder().build().readValue(json, RoundRecord.class);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  String headDigest() {
    return ledger.head(run.runId()).orElseThrow().digest();
  }

  void connect(ScriptedSite site) {
    sites.put(site.name(), site);
    if (connected.add(site.name())) {
      queue.add(() -> runner.siteConnected(site.name()));
      site.connected();
    }
  }

  void disconnect(SiteName site) {
    if (connected.remove(site)) {
      queue.add(() -> runner.siteDisconnected(site));
    }
  }

  /** A message from a site, taken in order. */
  void fromSite(SiteName site, Envelope message) {
    if (!connected.contains(site)) {
      return;
    }
    up += message.getSerializedSize();
    queue.add(
        () -> {
          if (connected.contains(site)) {
            runner.received(site, message);
          }
        });
  }

  void chunksFromSite(
      SiteName site, TaskId task, Manifest manifest, ByteBuffer bytes, ChunkSet lacking) {
    for (int i = lacking.next(0); i >= 0; i = lacking.next(i + 1)) {
      var data =
          Unpooled.wrappedBuffer(
              bytes.slice((int) manifest.chunkOffset(i), manifest.chunkLength(i)));
      up += data.readableBytes();
      var unused = uploads.chunk(site, task, i, data).whenComplete((n, f) -> data.release());
    }
  }

  /** Something that happens to the sites, whether the coordinator lives or not. */
  void later(long millis, Runnable task) {
    var unusedCancel = siteAlarms.schedule(now + millis, task);
  }

  /** Time passes in which no process runs. */
  void sleep(long millis) {
    now += millis;
  }

  int steps() {
    return steps;
  }

  /** Plays until the run has ended; a world without anything to do is stuck, which is a failure. */
  JobSummary play() {
    while (!runner.done().isDone() || !queue.isEmpty()) {
      if (++steps > 1_000_000) {
        throw new AssertionError("the job does not end: " + runner.status());
      }
      if (queue.isEmpty() && siteQueue.isEmpty()) {
        nextAlarms();
      }
      try {
        (siteQueue.isEmpty() ? queue : siteQueue).remove().run();
      } catch (Death death) {
        // play goes on with the next process
      } catch (UncheckedIOException e) { // so does the server, and its operator starts another one
        runner.abandon(e.getMessage());
        dead = true;
      } catch (IllegalStateException e) {
        runner.abandon("internal error: " + e.getMessage()); // as the server's owner thread does
      }
      if (dead || deathsAtSteps.contains(steps)) {
        dead = true;
        restart();
      }
    }
    return runner.done().join();
  }

  /** Everything that is due at the next time is due at once, so that its steps mingle. */
  private void nextAlarms() {
    long next = Math.min(alarms.nextMillis(), siteAlarms.nextMillis());
    if (next == Long.MAX_VALUE) {
      throw new AssertionError("the job waits for nothing: " + runner.status());
    }
    now = Math.max(now, next);
    siteAlarms.moveDue(now, siteQueue);
    alarms.moveDue(now, queue); // too late to be cancelled
  }

  @Override
  public long nowMillis() {
    return now;
  }

  @Override
  public Runnable schedule(long atMillis, Runnable task) {
    return alarms.schedule(atMillis, task);
  }

  @Override
  public boolean send(SiteName site, Envelope message) {
    if (sendDefect != null) {
      throw sendDefect;
    }
    if (!connected.contains(site)) {
      return false;
    }
    down += message.getSerializedSize();
    queue.add(() -> sites.get(site).received(message));
    return true;
  }

  @Override
  public void sendModel(SiteName site, TaskId task, ModelReference model, ChunkSet lacking) {
    for (int i = lacking.next(0); i >= 0; i = lacking.next(i + 1)) {
      down += model.manifest().chunkLength(i);
    }
  }

  @Override
  public void stopModel(SiteName site) {}

  @Override
  public void refuse(SiteName site, RefusalCode code, String reason) {
    refusedConnections.add(site + ": " + reason);
    disconnect(site);
  }

  @Override
  public void disconnect(SiteName site, String reason) {
    closedConnections.add(site + ": " + reason);
    disconnect(site);
    later(reconnectMillis, () -> connect(sites.get(site)));
  }

  @Override
  public void broadcast(Envelope message) {
    if (broadcastDefect != null) {
      throw broadcastDefect;
    }
    for (SiteName site : List.copyOf(connected)) {
      boolean unusedSent = send(site, message);
    }
  }

  @Override
  public long bytesUp() {
    if (countDefect != null) {
      throw countDefect;
    }
    return up;
  }

  @Override
  public long bytesDown() {
    return down;
  }
}
