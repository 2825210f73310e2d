package io.tributary.coordinator.job;

import com.google.protobuf.ByteString;
import io.netty.buffer.Unpooled;
import io.tributary.common.job.JobSpec;
import io.tributary.common.job.LocalTraining;
import io.tributary.common.job.ModelSpec;
import io.tributary.common.job.RoundRules;
import io.tributary.common.job.UpdateRules;
import io.tributary.common.model.ModelDirectory;
import io.tributary.common.notary.LogEntry;
import io.tributary.common.notary.Notary;
import io.tributary.common.notary.Receipt;
import io.tributary.common.notary.StatementBodies;
import io.tributary.common.store.CrashPoint;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.ChunkSet;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.WireLimits;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.RefusalCode;
import io.tributary.common.wire.v1.SignedStatement;
import io.tributary.coordinator.fold.WeightedMean;
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
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.TreeMap;

/**
 * A whole job in one thread: the real runner, stores and fold, a clock that jumps to the next
 * timer, and scripted sites. Nothing in it depends on real time, so a run is a function of its
 * scripts.
 */
final class World implements SiteGateway, Timer {
  /** Small enough that a chunk is 256 bytes and an update several chunks. */
  static final WireLimits LIMITS =
      new WireLimits(
          1 << 20, 16_384, 256, 1 << 20, 1L << 30, 16_384, 20_000, 5_000, 30_000, 2_000, 1 << 20,
          1 << 19, 4 << 20, 8, 64, 16);

  private record Alarm(long atMillis, long order, Runnable task) {}

  final JobSpec job;
  final ModelDirectory models;
  final Path spool;
  final SpoolUploadStore uploads;
  final List<RoundRecord> records = new ArrayList<>();
  final List<String> refusedConnections = new ArrayList<>();
  final JobRunner runner;
  private final Map<SiteName, ScriptedSite> connected = new TreeMap<>();
  private final Deque<Runnable> queue = new ArrayDeque<>();
  private final PriorityQueue<Alarm> alarms =
      new PriorityQueue<>(
          Comparator.comparingLong(Alarm::atMillis).thenComparingLong(Alarm::order));
  private long order;
  private long now;
  private long up;

  /** What the gateway throws instead of sending, if it does: a defect, not a lost connection. */
  RuntimeException sendDefect;

  RuntimeException closeDefect;
  RuntimeException countDefect;
  private long down;

  World(Path home, JobSpec job) {
    this.job = job;
    this.spool = home.resolve("spool");
    this.models = new ModelDirectory(home.resolve("models"));
    try {
      Files.createDirectories(spool);
      Files.createDirectories(models.path());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    RunRow run =
        new RunRow(
            job.name(),
            job.name(),
            job,
            RunState.QUEUED,
            "",
            ByteString.copyFrom(new byte[32]),
            Instant.EPOCH);
    MemoryLedger ledger = new MemoryLedger();
    boolean unusedAdded = ledger.addRun(run);
    Clock clock = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);
    this.uploads =
        new SpoolUploadStore(
            spool,
            home,
            Optional.empty(),
            run,
            ledger,
            new UnsignedNotary(),
            clock,
            SpoolEncryption.NONE,
            queue::add,
            CrashPoint.NONE,
            this::uploadAdvanced);
    this.runner =
        new JobRunner(
            job,
            LIMITS,
            new Pace(100, 50, 60_000),
            queue::add,
            this,
            Clock.fixed(Instant.EPOCH, ZoneOffset.UTC),
            this,
            uploads,
            new FileModelStore(
                models,
                run,
                LIMITS,
                new WeightedMean(),
                ledger,
                new UnsignedNotary(),
                clock,
                queue::add,
                CrashPoint.NONE),
            records::add);
  }

  private void uploadAdvanced(SiteName site, TaskId task, long done, long total) {
    queue.add(() -> runner.uploadAdvanced(site, task, done, total));
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
    return job.model().transformer().layout().trainableCount();
  }

  /** Little-endian bytes of a delta that is the same everywhere. */
  static ByteBuffer delta(int values, float value) {
    ByteBuffer bytes = ByteBuffer.allocate(values * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < values; i++) {
      bytes.putFloat(value);
    }
    return bytes.flip();
  }

  void connect(ScriptedSite site) {
    connected.put(site.name(), site);
    queue.add(() -> runner.siteConnected(site.name()));
  }

  void disconnect(SiteName site) {
    if (connected.remove(site) != null) {
      queue.add(() -> runner.siteDisconnected(site));
    }
  }

  /** A message from a site, taken in order. */
  void fromSite(SiteName site, Envelope message) {
    up += message.getSerializedSize();
    queue.add(
        () -> {
          if (connected.containsKey(site)) {
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

  void later(long millis, Runnable task) {
    var unused = schedule(now + millis, task);
  }

  /** Plays until the job is done; a world without anything to do is stuck, which is a failure. */
  JobSummary play() {
    runner.start();
    int steps = 0;
    while (!runner.done().isDone() || !queue.isEmpty()) {
      if (++steps > 1_000_000) {
        throw new AssertionError("the job does not end: " + runner.status());
      }
      Runnable next = queue.poll();
      if (next == null) {
        Alarm alarm = alarms.poll();
        if (alarm == null) {
          throw new AssertionError("the job waits for nothing: " + runner.status());
        }
        now = Math.max(now, alarm.atMillis());
        next = alarm.task();
      }
      try {
        next.run();
      } catch (IllegalStateException e) {
        runner.abandon("internal error: " + e.getMessage()); // as the server's owner thread does
      }
    }
    return runner.done().join();
  }

  @Override
  public long nowMillis() {
    return now;
  }

  @Override
  public Runnable schedule(long atMillis, Runnable task) {
    Alarm alarm = new Alarm(atMillis, order++, task);
    alarms.add(alarm);
    return () -> alarms.remove(alarm);
  }

  @Override
  public boolean send(SiteName site, Envelope message) {
    if (sendDefect != null) {
      throw sendDefect;
    }
    ScriptedSite to = connected.get(site);
    if (to == null) {
      return false;
    }
    down += message.getSerializedSize();
    queue.add(() -> to.received(message));
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
  public void closeAll(Envelope last, String reason) {
    if (closeDefect != null) {
      throw closeDefect;
    }
    for (ScriptedSite site : connected.values()) {
      site.received(last);
    }
    connected.clear();
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

  private static final class UnsignedNotary implements Notary {
    @Override
    public SignedStatement sign(Receipt receipt) {
      return SignedStatement.newBuilder().setBody(StatementBodies.encode(receipt)).build();
    }

    @Override
    public SignedStatement sign(LogEntry entry) {
      return SignedStatement.newBuilder().setBody(StatementBodies.encode(entry)).build();
    }
  }
}
