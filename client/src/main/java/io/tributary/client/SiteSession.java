package io.tributary.client;

import io.netty.buffer.ByteBuf;
import io.tributary.client.SiteTask.State;
import io.tributary.common.wire.ChunkReadException;
import io.tributary.common.wire.ChunkSet;
import io.tributary.common.wire.ChunkSource;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.ProtocolException;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.WireConnection;
import io.tributary.common.wire.WireLimits;
import io.tributary.common.wire.WireListener;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.Farewell;
import io.tributary.common.wire.v1.RefusalCode;
import io.tributary.common.wire.v1.TaskOffer;
import io.tributary.common.wire.v1.TaskOutcome;
import io.tributary.common.wire.v1.UploadStatus;
import java.io.IOException;
import java.time.Clock;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The site's side of the protocol on one connection: brings offers, chunks and outcomes to the
 * {@link TaskDesk}, and sends what its task gives. Made by {@link SiteAgent} for each connection.
 *
 * <pre>
 *   TaskOffer ──► TaskAnswer ──► (chunks) ──► TaskProgress* ─┬─► UploadOffer ──► UploadStatus
 *                                                            │      ──► (chunks) ──► UploadCommit ─┐
 *                                                            └─► EvaluationReport ─────────────────┴─► TaskOutcome
 * </pre>
 *
 * <p>Control messages and the desk belong to the agent's thread; chunks are spooled on the event
 * loop. Every wait for the coordinator is bounded by {@link SessionBounds#replyMillis}: {@link
 * #checkWaits} closes a connection on which it passes, and the task goes on over the next one.
 */
final class SiteSession implements WireListener, TaskDesk.Audience {
  private static final Logger LOG = LoggerFactory.getLogger(SiteSession.class);

  /** What the agent hears of a connection, on its own thread. */
  interface Host {
    /** Messages may be sent from now on. */
    void opened(SiteSession session);

    /** The connection did something useful: a model came whole, or a task's result is accepted. */
    void succeeded(SiteSession session);

    /** The coordinator says that the job is over. */
    void farewell(SiteSession session, Farewell farewell);

    /** The connection is gone. */
    void closed(SiteSession session, String reason);
  }

  /** What the coordinator owes an answer to. */
  private enum Awaiting {
    NOTHING,
    UPLOAD_STATUS,
    UPLOAD_PROGRESS,
    OUTCOME
  }

  private final WireLimits limits;
  private final SessionBounds bounds;
  private final Executor agentThread;
  private final Clock clock;
  private final Host host;
  private final AtomicInteger pendingMessages = new AtomicInteger();
  private final CompletableFuture<Void> gone = new CompletableFuture<>();

  private final TaskDesk desk;

  private WireConnection connection;

  // Read on the event loop, written on the agent's thread.
  private volatile Inbound inbound;

  // The agent's thread only.
  private SiteTask task;
  private Awaiting awaiting = Awaiting.NOTHING;
  private long awaitingSinceMillis;
  private long bytesSentAtLastCheck;
  private CompletableFuture<Void> transfer;

  private record Inbound(SiteTask task, ModelDownload download) {}

  SiteSession(
      WireLimits limits,
      SessionBounds bounds,
      Executor agentThread,
      Clock clock,
      TaskDesk desk,
      Host host) {
    this.limits = limits;
    this.bounds = bounds;
    this.agentThread = agentThread;
    this.clock = clock;
    this.desk = desk;
    this.host = host;
  }

  // ---- the event loop ----

  @Override
  public void opened(WireConnection opened) {
    agentThread.execute(
        () -> {
          connection = opened;
          host.opened(this);
        });
  }

  @Override
  public void control(WireConnection from, Envelope message) {
    // At every message beyond the bound, not only the first: a resume that was on its way when the
    // bound was reached again may have come after that pause.
    if (pendingMessages.incrementAndGet() >= bounds.maxPendingMessages()) {
      from.pauseReading();
    }
    agentThread.execute(
        () -> {
          try {
            handle(message);
          } catch (ProtocolException e) {
            LOG.warn("coordinator broke the protocol: {}", e.getMessage());
            close(e.code(), e.getMessage());
          } finally {
            if (pendingMessages.decrementAndGet() == bounds.maxPendingMessages() - 1) {
              from.resumeReading();
            }
          }
        });
  }

  @Override
  public void chunk(WireConnection from, TaskId id, int index, ByteBuf data) {
    Inbound into = inbound;
    if (into == null) {
      return; // of a task that was taken back while its chunks were under way
    }
    try {
      if (into.download().accept(id, index, data, clock.millis())) {
        agentThread.execute(
            () -> {
              host.succeeded(this);
              desk.modelReceived(into.task());
            });
      }
    } catch (IOException e) {
      agentThread.execute(() -> desk.modelFailed(into.task(), e));
    }
  }

  @Override
  public void closed(WireConnection closed, String reason) {
    gone.complete(null);
    agentThread.execute(
        () -> {
          inbound = null;
          cancelTransfer();
          host.closed(this, reason);
        });
  }

  // ---- the agent's thread ----

  /**
   * Takes leave of the coordinator and closes the connection.
   *
   * @return completes when the connection is gone: the coordinator has read the reason, or took too
   *     long
   */
  CompletableFuture<Void> leave(String reason) {
    close(RefusalCode.REFUSAL_CODE_SHUTTING_DOWN, reason);
    return connection == null ? CompletableFuture.completedFuture(null) : gone;
  }

  /** Closes the connection if the coordinator has kept this site waiting beyond the bound. */
  void checkWaits() {
    if (connection == null || task == null) {
      return;
    }
    long now = clock.millis();
    if (task.state() instanceof State.Receiving receiving) {
      if (now - receiving.download().lastProgressMillis() > bounds.replyMillis()) {
        giveUp("no new chunk of the model");
      }
      return;
    }
    if (awaiting == Awaiting.UPLOAD_PROGRESS) {
      long sent = connection.bytesSent();
      if (sent != bytesSentAtLastCheck) {
        bytesSentAtLastCheck = sent;
        awaitingSinceMillis = now;
      }
    }
    if (awaiting != Awaiting.NOTHING && now - awaitingSinceMillis > bounds.replyMillis()) {
      giveUp(
          switch (awaiting) {
            case UPLOAD_STATUS -> "no answer to the upload offer";
            case UPLOAD_PROGRESS -> "no chunk of the update went out";
            case OUTCOME -> "no outcome of the task";
            case NOTHING -> throw new IllegalStateException("waits for nothing");
          });
    }
  }

  @Override
  public void advanced(SiteTask advanced) {
    if (connection == null || task != advanced) {
      return; // offered on another connection: this one's offer is still to come
    }
    State state = advanced.state();
    if (state instanceof State.Refused refused) {
      connection.send(SiteMessages.refused(advanced.id(), refused.reason()));
    } else if (state instanceof State.UpdateReady ready) {
      if (awaiting == Awaiting.NOTHING) {
        connection.send(SiteMessages.uploadOffer(advanced.id(), ready.update()));
        await(Awaiting.UPLOAD_STATUS);
      }
    } else if (state instanceof State.ReportReady ready) {
      if (awaiting == Awaiting.NOTHING) {
        connection.send(SiteMessages.report(advanced.id(), ready.evaluation()));
        await(Awaiting.OUTCOME);
      }
    }
  }

  @Override
  public void progressed(SiteTask progressed, long done, long total) {
    if (connection == null || task != progressed) {
      return;
    }
    connection.send(SiteMessages.progress(progressed.id(), done, total));
  }

  private void handle(Envelope message) {
    if (message.getMessageCase() == Envelope.MessageCase.FAREWELL) {
      // The coordinator closes right behind it, so by now the connection is often gone; and nobody
      // would say it again.
      forget();
      host.farewell(this, message.getFarewell());
      return;
    }
    if (connection == null || !connection.isOpen()) {
      return; // closed meanwhile: whatever it says is said again on the next one
    }
    switch (message.getMessageCase()) {
      case TASK_OFFER -> offer(message.getTaskOffer());
      case UPLOAD_STATUS -> uploadStatus(message.getUploadStatus());
      case TASK_OUTCOME -> outcome(message.getTaskOutcome());
      default ->
          throw new ProtocolException(
              "a site does not take " + message.getMessageCase() + " messages");
    }
  }

  private void offer(TaskOffer offer) {
    TaskId id = TaskId.fromProto(offer.getKey());
    Manifest model = Manifest.fromProto(offer.getModel(), limits);
    SiteTask offered = desk.offered(id, offer, model);
    if (offered != task) {
      forget();
      task = offered;
    }
    State state = offered.state();
    if (state instanceof State.Refused refused) {
      connection.send(SiteMessages.refused(id, refused.reason()));
      return;
    }
    ChunkSet lacking;
    if (state instanceof State.Receiving receiving) {
      receiving.download().resumed(clock.millis());
      inbound = new Inbound(offered, receiving.download());
      lacking = receiving.download().lacking();
    } else {
      lacking = ChunkSet.none(model.chunkCount());
    }
    connection.send(SiteMessages.accepted(id, lacking));
    advanced(offered);
  }

  private void uploadStatus(UploadStatus status) {
    TaskId id = TaskId.fromProto(status.getKey());
    SiteTask uploading = task;
    if (uploading == null
        || !uploading.id().equals(id)
        || awaiting != Awaiting.UPLOAD_STATUS
        || !(uploading.state() instanceof State.UpdateReady ready)) {
      LOG.warn("task={} upload status ignored: it was not asked for", id);
      return;
    }
    ReadyUpdate update = ready.update();
    ChunkSet lacking =
        ChunkSet.fromBytes(update.manifest().chunkCount(), status.getLackingChunks().toByteArray());
    LOG.info("task={} uploading {}", id, lacking);
    await(Awaiting.UPLOAD_PROGRESS);
    bytesSentAtLastCheck = connection.bytesSent();
    CompletableFuture<Void> sending =
        connection.sendChunks(id, ChunkSource.ofFile(update.file(), update.manifest()), lacking);
    transfer = sending;
    var unused =
        sending.whenComplete(
            (nothing, failure) -> agentThread.execute(() -> uploaded(uploading, sending, failure)));
  }

  private void uploaded(SiteTask uploaded, CompletableFuture<Void> sending, Throwable failure) {
    if (transfer != sending || task != uploaded) {
      return; // cancelled
    }
    transfer = null;
    if (failure instanceof ChunkReadException unreadable) {
      // Over a new connection it would fail alike: the coordinator may count on another site.
      LOG.error("task={} cannot read its update", uploaded.id(), unreadable);
      awaiting = Awaiting.NOTHING;
      desk.updateFailed(uploaded, "this site cannot read its update");
      return;
    }
    if (failure != null) {
      LOG.warn("task={} upload stopped: {}", uploaded.id(), failure.getMessage());
      LOG.debug("task={} upload stopped", uploaded.id(), failure);
      close(RefusalCode.REFUSAL_CODE_SHUTTING_DOWN, "the upload stopped; it resumes");
      return;
    }
    connection.send(SiteMessages.uploadCommit(uploaded.id()));
    await(Awaiting.OUTCOME);
  }

  private void outcome(TaskOutcome outcome) {
    TaskId id = TaskId.fromProto(outcome.getKey());
    if (desk.current().filter(current -> current.id().equals(id)).isEmpty()) {
      LOG.info("task={} outcome {} ignored: it is not at hand", id, outcome.getCode());
      return;
    }
    switch (outcome.getCode()) {
      case OUTCOME_CODE_ACCEPTED -> {
        LOG.info("task={} accepted by the coordinator", id);
        host.succeeded(this);
      }
      case OUTCOME_CODE_REFUSED, OUTCOME_CODE_LATE, OUTCOME_CODE_WITHDRAWN ->
          LOG.warn(
              "task={} ended: {} ({})",
              id,
              outcome.getCode(),
              SiteMessages.oneLine(outcome.getReason()));
      case OUTCOME_CODE_UNSPECIFIED, UNRECOGNIZED ->
          throw new ProtocolException("outcome code of task " + id + " is unknown");
    }
    forget();
    desk.drop();
  }

  /** Lets go of the task: nothing of it is sent or received on this connection from here on. */
  private void forget() {
    inbound = null;
    task = null;
    awaiting = Awaiting.NOTHING;
    cancelTransfer();
  }

  private void cancelTransfer() {
    if (transfer != null) {
      transfer.cancel(false);
      transfer = null;
    }
  }

  private void await(Awaiting what) {
    awaiting = what;
    awaitingSinceMillis = clock.millis();
  }

  private void giveUp(String what) {
    LOG.warn("{} for {} ms: connecting anew", what, bounds.replyMillis());
    close(RefusalCode.REFUSAL_CODE_PROTOCOL_ERROR, what + " for " + bounds.replyMillis() + " ms");
  }

  private void close(RefusalCode code, String reason) {
    forget();
    if (connection != null) {
      connection.close(SiteMessages.refusal(code, reason));
    }
  }
}
