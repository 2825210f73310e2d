package io.tributary.cli;

import com.google.protobuf.ByteString;
import io.netty.buffer.Unpooled;
import io.tributary.common.job.JobSpec;
import io.tributary.common.notary.Ed25519Notary;
import io.tributary.common.notary.Notary;
import io.tributary.common.store.CrashPoint;
import io.tributary.common.tls.SiteName;
import io.tributary.common.tls.TlsMaterial;
import io.tributary.common.wire.ChunkSet;
import io.tributary.common.wire.Digest;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.WireLimits;
import io.tributary.coordinator.fold.FoldInput;
import io.tributary.coordinator.fold.WeightedMean;
import io.tributary.coordinator.job.ModelReference;
import io.tributary.coordinator.job.ModelStore;
import io.tributary.coordinator.job.UploadStore.Commit;
import io.tributary.coordinator.job.UploadStore.UploadFacts;
import io.tributary.coordinator.ledger.Ledger;
import io.tributary.coordinator.ledger.RunRow;
import io.tributary.coordinator.ledger.RunState;
import io.tributary.coordinator.ledger.SqliteLedger;
import io.tributary.coordinator.ledger.TaskRow;
import io.tributary.coordinator.round.UpdateReceipt;
import io.tributary.coordinator.store.CoordinatorHome;
import io.tributary.coordinator.store.FileModelStore;
import io.tributary.coordinator.store.RunDirectory;
import io.tributary.coordinator.store.SpoolEncryption;
import io.tributary.coordinator.store.SpoolUploadStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A coordinator's home as the real stores and the real ledger leave it after some rounds of two
 * sites; only the training is made up.
 */
final class TrainedHome implements AutoCloseable {
  static final SiteName NORTH = new SiteName("north");
  static final SiteName SOUTH = new SiteName("south");

  private static final int CHUNK_BYTES = 512;

  private final Path home;
  private final Notary notary;
  private final Ledger ledger;

  TrainedHome(Path home, Path pki) {
    this.home = home;
    this.notary = new Ed25519Notary(TlsMaterial.loadReceipts(pki, Clock.systemUTC()));
    this.ledger = SqliteLedger.open(CoordinatorHome.ledger(home), home.resolve("native"));
  }

  /** Trains a run of a job; updates are kept if asked for. */
  RunRow train(JobSpec job, int rounds, boolean keep) throws IOException {
    RunRow run =
        new RunRow(
            job.name() + ".0badcafe",
            job.name(),
            job,
            RunState.QUEUED,
            "",
            ByteString.copyFrom(new byte[32]),
            Clock.systemUTC().instant());
    boolean unusedAdded = ledger.addRun(run);
    ledger.setRunState(run.runId(), RunState.RUNNING, "");
    RunDirectory directory = CoordinatorHome.run(home, run.name());
    directory.create();
    SpoolUploadStore uploads = uploads(directory, run, keep);
    FileModelStore models = models(directory, run);
    ModelReference head = models.initialise().join();
    for (int round = 1; round <= rounds; round++) {
      head = round(run, round, head, uploads, models);
    }
    return run;
  }

  private SpoolUploadStore uploads(RunDirectory directory, RunRow run, boolean keep) {
    return new SpoolUploadStore(
        directory.spool(),
        directory.keys(),
        keep ? Optional.of(directory.kept()) : Optional.empty(),
        run,
        ledger,
        notary,
        Clock.systemUTC(),
        SpoolEncryption.NONE,
        Runnable::run,
        CrashPoint.NONE,
        (site, task, done, total) -> {});
  }

  private FileModelStore models(RunDirectory directory, RunRow run) {
    return new FileModelStore(
        directory.modelDirectory(),
        run,
        WireLimits.DEFAULT,
        new WeightedMean(),
        ledger,
        notary,
        Clock.systemUTC(),
        Runnable::run,
        CrashPoint.NONE);
  }

  private ModelReference round(
      RunRow run, int round, ModelReference base, SpoolUploadStore uploads, FileModelStore models) {
    TaskId task = new TaskId(run.runId(), round, 1, TaskId.Kind.TRAIN);
    ledger.openAttempt(
        run.runId(),
        round,
        1,
        base.digest(),
        List.of(
            new TaskRow(NORTH, 1, TaskRow.WORKING, "", 0),
            new TaskRow(SOUTH, 1, TaskRow.WORKING, "", 0)));
    SortedMap<SiteName, UpdateReceipt> folded = new TreeMap<>();
    folded.put(NORTH, upload(uploads, run, NORTH, task, base, 0.1f * round));
    folded.put(SOUTH, upload(uploads, run, SOUTH, task, base, -0.2f / round));
    ledger.closeAttempt(
        run.runId(), round, 1, "the cohort has reported", folded.keySet(), List.of());
    models
        .fold(
            base,
            folded.entrySet().stream()
                .map(
                    part ->
                        new FoldInput(
                            uploads.source(part.getKey(), task),
                            part.getValue().weight(),
                            Digest.fromHex(part.getValue().updateDigest())))
                .toList())
        .join();
    ModelReference next =
        models.publish(new ModelStore.Draft(round, 1, base, folded, new TreeMap<>())).join();
    uploads.roundEnded(round);
    return next;
  }

  private static UpdateReceipt upload(
      SpoolUploadStore store,
      RunRow run,
      SiteName site,
      TaskId task,
      ModelReference base,
      float value) {
    int values = run.job().model().config().layout().trainableCount();
    ByteBuffer update = ByteBuffer.allocate(4 * values).order(ByteOrder.LITTLE_ENDIAN);
    while (update.hasRemaining()) {
      update.putFloat(value);
    }
    update.flip();
    Manifest manifest = Manifest.of(update, CHUNK_BYTES);
    ChunkSet lacking = store.open(site, task, manifest).join();
    for (int i = lacking.next(0); i >= 0; i = lacking.next(i + 1)) {
      ByteBuffer chunk = update.slice((int) manifest.chunkOffset(i), manifest.chunkLength(i));
      store.chunk(site, task, i, Unpooled.wrappedBuffer(chunk)).join();
    }
    UploadFacts facts = new UploadFacts(manifest, 100, Map.of(), base.digest());
    return ((Commit.Durable) store.commit(site, task, facts).join()).receipt();
  }

  @Override
  public void close() {
    ledger.close();
  }
}
