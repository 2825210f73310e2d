package io.tributary.client;

import io.tributary.client.SiteTask.State;
import io.tributary.common.store.CrashMoment;
import io.tributary.common.store.CrashPoint;
import io.tributary.common.wire.ChunkReadException;
import io.tributary.common.wire.ChunkSet;
import io.tributary.common.wire.ChunkSource;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.WireConnection;
import io.tributary.common.wire.v1.UploadStatus;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings one update to the coordinator over one connection; the part of {@link SiteSession} that
 * sends.
 *
 * <pre>
 *   Idle ──► offered ──► (status) ──► sending ──► (all sent) ──► committed ──► (outcome)
 *                           ▲                                       │
 *                           └──── some chunks are lacking after all ┘
 * </pre>
 *
 * <p>What the coordinator has is its own to say, so nothing is sent twice that arrived before a
 * cut. Confined to the agent's thread.
 */
final class UpdateUpload {
  private static final Logger LOG = LoggerFactory.getLogger(UpdateUpload.class);

  /** What the coordinator, or the connection, owes. */
  private enum Awaiting {
    NOTHING("nothing"),
    STATUS("no answer to the upload offer"),
    PROGRESS("no chunk of the update went out"),
    OUTCOME("no outcome of the task");

    private final String complaint;

    Awaiting(String complaint) {
      this.complaint = complaint;
    }
  }

  private final Executor agentThread;
  private final Clock clock;
  private final CrashPoint crash;
  private final Consumer<SiteTask> unreadable;
  private final Runnable stopped;

  private SiteTask task; // null when idle
  private Awaiting awaiting = Awaiting.NOTHING;
  private long awaitingSinceMillis;
  private long bytesSentAtLastCheck;
  private CompletableFuture<Void> transfer;

  /**
   * An upload over one connection.
   *
   * @param unreadable hears of an update that cannot be read: over another connection it would fail
   *     alike
   * @param stopped hears that sending stopped; the connection is of no use any more
   */
  UpdateUpload(
      Executor agentThread,
      Clock clock,
      CrashPoint crash,
      Consumer<SiteTask> unreadable,
      Runnable stopped) {
    this.agentThread = agentThread;
    this.clock = clock;
    this.crash = crash;
    this.unreadable = unreadable;
    this.stopped = stopped;
  }

  /** Offers a task's update, once. */
  void offer(SiteTask ready, ReadyUpdate update, WireConnection connection) {
    if (task == ready) {
      return;
    }
    cancel();
    task = ready;
    connection.send(SiteMessages.uploadOffer(ready.id(), update));
    await(Awaiting.STATUS);
    crash.reached(CrashMoment.UPLOAD_OFFERED);
  }

  /** Sends what the coordinator lacks. */
  void status(UploadStatus status, WireConnection connection) {
    TaskId id = TaskId.fromProto(status.getKey());
    SiteTask uploading = task;
    if (uploading == null
        || !uploading.id().equals(id)
        || awaiting == Awaiting.PROGRESS
        || !(uploading.state() instanceof State.UpdateReady ready)) {
      LOG.warn("task={} upload status ignored: it was not asked for", id);
      return;
    }
    ReadyUpdate update = ready.update();
    ChunkSet lacking =
        ChunkSet.fromBytes(update.manifest().chunkCount(), status.getLackingChunks().toByteArray());
    LOG.info("task={} uploading {}", id, lacking);
    await(Awaiting.PROGRESS);
    bytesSentAtLastCheck = connection.bytesSent();
    CompletableFuture<Void> sending =
        connection.sendChunks(id, ChunkSource.ofFile(update.file(), update.manifest()), lacking);
    transfer = sending;
    var unused =
        sending.whenComplete(
            (nothing, failure) ->
                agentThread.execute(() -> sent(uploading, sending, failure, connection)));
  }

  private void sent(
      SiteTask sent,
      CompletableFuture<Void> sending,
      Throwable failure,
      WireConnection connection) {
    if (transfer != sending || task != sent) {
      return; // cancelled
    }
    transfer = null;
    if (failure instanceof ChunkReadException) {
      LOG.error("task={} cannot read its update", sent.id(), failure);
      cancel();
      unreadable.accept(sent);
      return;
    }
    if (failure != null) {
      LOG.warn("task={} upload stopped: {}", sent.id(), failure.getMessage());
      LOG.debug("task={} upload stopped", sent.id(), failure);
      stopped.run();
      return;
    }
    crash.reached(CrashMoment.UPLOAD_SENT);
    sent.commitSent();
    connection.send(SiteMessages.uploadCommit(sent.id()));
    await(Awaiting.OUTCOME);
  }

  /** What the coordinator has kept this site waiting for beyond the bound, if so. */
  Optional<String> overdue(WireConnection connection, long replyMillis) {
    long now = clock.millis();
    if (awaiting == Awaiting.PROGRESS) {
      long sent = connection.bytesSent();
      if (sent != bytesSentAtLastCheck) {
        bytesSentAtLastCheck = sent;
        awaitingSinceMillis = now;
      }
    }
    return awaiting != Awaiting.NOTHING && now - awaitingSinceMillis > replyMillis
        ? Optional.of(awaiting.complaint)
        : Optional.empty();
  }

  /** Sends nothing more of it on this connection. */
  void cancel() {
    task = null;
    awaiting = Awaiting.NOTHING;
    if (transfer != null) {
      transfer.cancel(false);
      transfer = null;
    }
  }

  private void await(Awaiting what) {
    awaiting = what;
    awaitingSinceMillis = clock.millis();
  }
}
