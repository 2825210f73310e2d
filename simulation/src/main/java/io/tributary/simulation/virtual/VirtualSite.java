package io.tributary.simulation.virtual;

import io.netty.buffer.ByteBuf;
import io.tributary.client.SiteResult;
import io.tributary.client.train.LocalEvaluation;
import io.tributary.client.train.LocalPlan;
import io.tributary.client.train.TaskRefusedException;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.ChunkSet;
import io.tributary.common.wire.ChunkSource;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.TaskOffer;
import io.tributary.common.wire.v1.TaskOutcome;
import io.tributary.common.wire.v1.UploadStatus;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.ExecutionException;

/**
 * A site without a process: it speaks the site protocol, and its work is a real trainer's.
 *
 * <pre>
 *   offer ─► accept ─► model there ─► working ─(virtual time)─► update offered ─► chunks ─► commit ─► outcome
 *                                        │        └───────────► judgement reported ──────────────► outcome
 *                                        └─(drops out)─► away ─(its attempt is over)─► connected again
 * </pre>
 *
 * <p>Unlike an agent it checks nothing that the coordinator says about the job: both are one
 * process here. On the simulation's thread only.
 */
final class VirtualSite implements MemoryConnection.Site {
  /** What the sites of a simulation share. */
  interface Fleet {
    /** A connection's coordinator side, and the loop. */
    MemoryConnection connectionOf(VirtualSite site);

    /** Downloads or finds a model. */
    ModelShelf shelf();

    /** Who drops out, and how long work takes. */
    Fate.Lot lot(SiteName site, TaskId task, long work);

    /** Runs something later in virtual time; gives what cancels it. */
    Runnable after(long delayMillis, Runnable task);

    /** Hands a training task to the workers. */
    WorkerPool.Piece<SiteResult> train(
        VirtualSite site, TaskId task, float[] weights, long delayMillis);

    /** Hands an evaluation to the workers. */
    WorkerPool.Piece<LocalEvaluation> evaluate(
        VirtualSite site, TaskId task, float[] weights, long delayMillis);

    /** The site has gone away; {@link VirtualSite#connect} brings it back. */
    void wentAway(VirtualSite site);

    /** A task has come to its end at a site, whatever that was. */
    void taskOver();
  }

  /** The task at hand. */
  private static final class Work {
    private final TaskId id;
    private Runnable cancelTimer = () -> {};
    private WorkerPool.Piece<?> piece;
    private SiteResult update;
    private boolean over;

    private Work(TaskId id) {
      this.id = id;
    }
  }

  private final SiteName name;
  private final SiteText text;
  private final LocalPlan plan;
  private final Fleet fleet;
  private MemoryConnection connection; // null while it is away
  private Work work; // null without a task
  private TaskId download; // whose model this site fetches for the shelf
  private Manifest downloaded;

  VirtualSite(SiteName name, SiteText text, LocalPlan plan, Fleet fleet) {
    this.name = name;
    this.text = text;
    this.plan = plan;
    this.fleet = fleet;
  }

  SiteName name() {
    return name;
  }

  SiteText text() {
    return text;
  }

  LocalPlan plan() {
    return plan;
  }

  /** Comes to the coordinator, unless it is there. */
  void connect() {
    if (connection == null) {
      connection = fleet.connectionOf(this);
      connection.connect();
    }
  }

  @Override
  public void closedByCoordinator(String reason) {
    connection = null;
    giveUp();
  }

  @Override
  public void received(Envelope message) {
    switch (message.getMessageCase()) {
      case TASK_OFFER -> offered(message.getTaskOffer());
      case UPLOAD_STATUS -> uploadStatus(message.getUploadStatus());
      case TASK_OUTCOME -> outcome(message.getTaskOutcome());
      default -> {} // farewell and log entries: nothing here waits for them
    }
  }

  @Override
  public void chunk(TaskId task, int index, ByteBuf data) {
    // Also when the task is over meanwhile: the other sites wait for this very download.
    if (task.equals(download)) {
      fleet.shelf().chunk(downloaded, index, data);
    }
  }

  private void offered(TaskOffer offer) {
    giveUp();
    TaskId id = TaskId.fromProto(offer.getKey());
    Manifest model = VirtualMessages.manifest(offer.getModel());
    Work taken = new Work(id);
    work = taken;
    boolean[] there = new boolean[1];
    float[][] weights = new float[1][];
    ChunkSet lacking =
        fleet
            .shelf()
            .ask(
                model,
                found -> {
                  weights[0] = found;
                  if (there[0]) { // it came later: the answer has been sent
                    begin(taken, found);
                  }
                });
    if (!lacking.isEmpty()) {
      download = id;
      downloaded = model;
    }
    connection.tell(VirtualMessages.accepted(id, lacking));
    there[0] = true;
    if (weights[0] != null) {
      begin(taken, weights[0]);
    }
  }

  private void begin(Work begun, float[] weights) {
    if (begun.over || connection == null) {
      return;
    }
    boolean training = begun.id.kind() == TaskId.Kind.TRAIN;
    long amount = training ? plan.steps() : plan.evaluationBytes();
    connection.tell(VirtualMessages.progress(begun.id, 0, amount));
    Fate.Lot lot = fleet.lot(name, begun.id, amount);
    if (lot.drops()) {
      begun.cancelTimer = fleet.after(lot.millis(), this::dropOut);
    } else if (training) {
      WorkerPool.Piece<SiteResult> piece = fleet.train(this, begun.id, weights, lot.millis());
      begun.piece = piece;
      begun.cancelTimer = fleet.after(lot.millis(), () -> trained(begun, piece));
    } else {
      WorkerPool.Piece<LocalEvaluation> piece =
          fleet.evaluate(this, begun.id, weights, lot.millis());
      begun.piece = piece;
      begun.cancelTimer = fleet.after(lot.millis(), () -> evaluated(begun, piece));
    }
  }

  private void dropOut() {
    MemoryConnection gone = connection;
    connection = null;
    giveUp();
    gone.drop("dropped out while it trained");
    fleet.wentAway(this);
  }

  private void trained(Work done, WorkerPool.Piece<SiteResult> piece) {
    Optional<SiteResult> result = take(done, piece);
    if (result.isPresent()) {
      done.update = result.get();
      connection.tell(VirtualMessages.uploadOffer(done.id, done.update));
    }
  }

  private void evaluated(Work done, WorkerPool.Piece<LocalEvaluation> piece) {
    Optional<LocalEvaluation> result = take(done, piece);
    if (result.isPresent()) {
      connection.tell(VirtualMessages.report(done.id, result.get()));
    }
  }

  /** Waits for real work; a task that the trainer refuses is refused, as by a real site. */
  private <R> Optional<R> take(Work done, WorkerPool.Piece<R> piece) {
    done.piece = null;
    try {
      return Optional.of(piece.take());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a virtual site worked", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof TaskRefusedException refused) {
        connection.tell(VirtualMessages.refused(done.id, refused.getMessage()));
        return Optional.empty();
      }
      throw new IllegalStateException("site " + name + " failed in " + done.id, e.getCause());
    }
  }

  private void uploadStatus(UploadStatus status) {
    if (work == null || work.update == null || !work.id.equals(key(status))) {
      return;
    }
    SiteResult update = work.update;
    ChunkSet lacking =
        ChunkSet.fromBytes(update.manifest().chunkCount(), status.getLackingChunks().toByteArray());
    ChunkSource source = ChunkSource.ofBytes(ByteBuffer.wrap(update.bytes()), update.manifest());
    connection.upload(work.id, source, lacking);
    connection.tell(VirtualMessages.uploadCommit(work.id));
  }

  private static TaskId key(UploadStatus status) {
    return TaskId.fromProto(status.getKey());
  }

  private void outcome(TaskOutcome outcome) {
    TaskId id = TaskId.fromProto(outcome.getKey());
    if (work != null && work.id.equals(id)) {
      giveUp();
    }
  }

  /** Ends the task at hand, whatever its state. */
  private void giveUp() {
    if (work == null) {
      return;
    }
    Work ended = work;
    work = null;
    ended.over = true;
    ended.cancelTimer.run();
    ended.update = null;
    if (ended.piece != null) {
      ended.piece.cancel();
    }
    fleet.taskOver();
  }
}
