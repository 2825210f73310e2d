package io.tributary.client;

import io.netty.buffer.ByteBuf;
import io.tributary.client.SiteTask.State;
import io.tributary.common.notary.StatementException;
import io.tributary.common.store.CrashPoint;
import io.tributary.common.wire.ChunkSet;
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
import java.io.IOException;
import java.time.Clock;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The site's side of the protocol on one connection: brings offers, chunks and outcomes to the
 * {@link TaskDesk}, log entries to the {@link LogFollower}, and sends what its task gives. Made by
 * {@link SiteCore} for each connection.
 *
 * <pre>
 *   (an update in the outbox) ───────────────────────────────┐
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

  /** What the core hears of a connection, on the agent's thread. */
  interface Host {
    /** Messages may be sent from now on. */
    void opened(SiteSession session);

    /** The connection did something useful: a model came whole, or a task's result is accepted. */
    void succeeded(SiteSession session);

    /** The coordinator has said what became of the task at hand, or told of its log. */
    void settled(SiteSession session);

    /** The coordinator says that a run is over. */
    void farewell(SiteSession session, Farewell farewell);

    /** The connection is gone. */
    void closed(SiteSession session, String reason);
  }

  private final WireLimits limits;
  private final SessionBounds bounds;
  private final Executor agentThread;
  private final Clock clock;
  private final Host host;
  private final AtomicInteger pendingMessages = new AtomicInteger();
  private final CompletableFuture<Void> gone = new CompletableFuture<>();
  private final TaskDesk desk;
  private final UpdateUpload upload;
  private final LogFollower log;

  private WireConnection connection;

  // Read on the event loop, written on the agent's thread.
  private volatile Inbound inbound;

  // The agent's thread only.
  private SiteTask task;
  private TaskOffer waitingOffer; // until an older update is answered for
  private boolean reported;
  private long reportedAtMillis;

  private record Inbound(SiteTask task, ModelDownload download) {}

  SiteSession(
      WireLimits limits,
      SessionBounds bounds,
      Executor agentThread,
      Clock clock,
      TaskDesk desk,
      LogFollower log,
      CrashPoint crash,
      Host host) {
    this.limits = limits;
    this.bounds = bounds;
    this.agentThread = agentThread;
    this.clock = clock;
    this.desk = desk;
    this.log = log;
    this.host = host;
    this.upload =
        new UpdateUpload(
            agentThread,
            clock,
            crash,
            unreadable -> desk.updateFailed(unreadable, "this site cannot read its update"),
            () -> close(RefusalCode.REFUSAL_CODE_SHUTTING_DOWN, "the upload stopped; it resumes"));
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
          upload.cancel();
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

  /** Says what this site has waiting for the coordinator, and what it lacks. */
  void begin() {
    desk.current().ifPresent(this::advanced);
    log.opened(connection);
  }

  /** Whether log entries that were asked for are still to come. */
  boolean isOwedEntries() {
    return log.isOwed();
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
    if (reported && now - reportedAtMillis > bounds.replyMillis()) {
      giveUp("no outcome of the task");
      return;
    }
    upload.overdue(connection, bounds.replyMillis()).ifPresent(this::giveUp);
  }

  @Override
  public void advanced(SiteTask advanced) {
    if (connection == null) {
      return;
    }
    State state = advanced.state();
    if (state instanceof State.UpdateReady ready) {
      // Without waiting for an offer: the coordinator may have counted it, and will not offer
      // again.
      take(advanced);
      upload.offer(advanced, ready.update(), connection);
    } else if (task != advanced) {
      return; // offered on another connection: this one's offer is still to come
    } else if (state instanceof State.Refused refused) {
      connection.send(SiteMessages.refused(advanced.id(), refused.reason()));
    } else if (state instanceof State.ReportReady ready && !reported) {
      connection.send(SiteMessages.report(advanced.id(), ready.evaluation()));
      reported = true;
      reportedAtMillis = clock.millis();
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
      // The coordinator may close right behind it, so by now the connection is often gone; and
      // nobody would say it again.
      farewell(message.getFarewell());
      return;
    }
    if (connection == null || !connection.isOpen()) {
      return; // closed meanwhile: whatever it says is said again on the next one
    }
    switch (message.getMessageCase()) {
      case TASK_OFFER -> offer(message.getTaskOffer());
      case UPLOAD_STATUS -> upload.status(message.getUploadStatus(), connection);
      case TASK_OUTCOME -> outcome(message.getTaskOutcome());
      case LOG_ENTRIES -> {
        log.received(message.getLogEntries(), connection);
        host.settled(this);
      }
      default ->
          throw new ProtocolException(
              "a site does not take " + message.getMessageCase() + " messages");
    }
  }

  private void offer(TaskOffer offer) {
    TaskId id = TaskId.fromProto(offer.getKey());
    Manifest model = Manifest.fromProto(offer.getModel(), limits);
    if (desk.mustBeAnsweredFirst(id, offer, model)) {
      LOG.info("task={} waits until an older update is answered for", id);
      waitingOffer = offer;
      return;
    }
    waitingOffer = null;
    SiteTask offered = desk.offered(id, offer, model);
    take(offered);
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

  private void farewell(Farewell farewell) {
    String run = farewell.getRunId();
    if (waitingOffer != null && waitingOffer.getKey().getRunId().equals(run)) {
      waitingOffer = null;
    }
    if (task != null && task.id().runId().equals(run) && !task.mayBeCommitted()) {
      forget();
    }
    host.farewell(this, farewell);
  }

  private void outcome(TaskOutcome outcome) {
    TaskId id = TaskId.fromProto(outcome.getKey());
    if (waitingOffer != null && TaskId.fromProto(waitingOffer.getKey()).equals(id)) {
      waitingOffer = null; // taken back before it was looked at
    }
    if (desk.current().filter(current -> current.id().equals(id)).isEmpty()) {
      LOG.info("task={} outcome {} ignored: it is not at hand", id, outcome.getCode());
      return;
    }
    switch (outcome.getCode()) {
      case OUTCOME_CODE_ACCEPTED -> {
        if (!accepted(id, outcome)) {
          return;
        }
        host.succeeded(this);
      }
      case OUTCOME_CODE_REFUSED, OUTCOME_CODE_LATE, OUTCOME_CODE_WITHDRAWN -> {
        String reason = outcome.getCode() + " (" + SiteMessages.oneLine(outcome.getReason()) + ")";
        LOG.warn("task={} ended: {}", id, reason);
        desk.drop(reason);
      }
      case OUTCOME_CODE_UNSPECIFIED, UNRECOGNIZED ->
          throw new ProtocolException("outcome code of task " + id + " is unknown");
    }
    forget();
    host.settled(this);
    TaskOffer next = waitingOffer;
    if (next != null && connection.isOpen()) {
      offer(next);
    }
  }

  /** Whether the task is at its end: an update is not before its receipt is kept. */
  private boolean accepted(TaskId id, TaskOutcome outcome) {
    try {
      desk.accepted(outcome);
      return true;
    } catch (StatementException e) {
      LOG.error(
          "task={} THE RECEIPT IS NOT VALID: {}. The update stays in the outbox; ask whoever runs"
              + " the coordinator",
          id,
          e.getMessage());
      close(
          RefusalCode.REFUSAL_CODE_PROTOCOL_ERROR,
          "the receipt of task " + id + " is not valid: " + e.getMessage());
    } catch (IOException e) {
      LOG.error("task={} cannot keep its receipt: make room, check permissions", id, e);
      close(RefusalCode.REFUSAL_CODE_SHUTTING_DOWN, "this site cannot keep the receipt now");
    }
    return false;
  }

  /** From here on this connection is about this task. */
  private void take(SiteTask taken) {
    if (task != taken) {
      forget();
      task = taken;
    }
  }

  /** Lets go of the task: nothing of it is sent or received on this connection from here on. */
  private void forget() {
    inbound = null;
    task = null;
    reported = false;
    upload.cancel();
  }

  private void giveUp(String what) {
    LOG.warn("{} for {} ms: connecting anew", what, bounds.replyMillis());
    if (waitingOffer != null) {
      task.leftUnanswered();
    }
    close(RefusalCode.REFUSAL_CODE_PROTOCOL_ERROR, what + " for " + bounds.replyMillis() + " ms");
  }

  private void close(RefusalCode code, String reason) {
    waitingOffer = null;
    forget();
    if (connection != null) {
      connection.close(SiteMessages.refusal(code, reason));
    }
  }
}
