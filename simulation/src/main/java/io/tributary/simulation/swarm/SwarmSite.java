package io.tributary.simulation.swarm;

import com.google.protobuf.ByteString;
import io.netty.buffer.ByteBuf;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.ChunkSet;
import io.tributary.common.wire.Digest;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.ProtocolException;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.WireConnection;
import io.tributary.common.wire.WireLimits;
import io.tributary.common.wire.WireListener;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.EvaluationReport;
import io.tributary.common.wire.v1.OutcomeCode;
import io.tributary.common.wire.v1.TaskAccepted;
import io.tributary.common.wire.v1.TaskAnswer;
import io.tributary.common.wire.v1.TaskOffer;
import io.tributary.common.wire.v1.TaskOutcome;
import io.tributary.common.wire.v1.TaskProgress;
import io.tributary.common.wire.v1.TaskStage;
import io.tributary.common.wire.v1.UploadCommit;
import io.tributary.common.wire.v1.UploadOffer;
import io.tributary.common.wire.v1.UploadStatus;
import java.util.Optional;

/**
 * One client of a swarm: the real protocol over a real connection, training that takes no time, and
 * no memory for models: chunks are counted, not kept.
 *
 * <pre>
 *   TaskOffer ─► TaskAnswer (lacks all, or nothing of a model it has) ─► chunks ─► TaskProgress
 *     TRAIN:    UploadOffer ─► UploadStatus ─► chunks ─► UploadCommit ─► TaskOutcome with receipt
 *     EVALUATE: EvaluationReport ─► TaskOutcome
 * </pre>
 *
 * <p>Confined to the event loop of its connection. Whatever is not as it should be ends the swarm:
 * a benchmark has no second attempt.
 */
final class SwarmSite implements WireListener {
  private static final double NATS = 250;
  private static final long BYTES = 100;

  private final int client;
  private final SiteName name;
  private final WireLimits limits;
  private final Deltas deltas;
  private final Manifests manifests;
  private final Optional<KeptModels> kept;
  private final SwarmEvents events;

  private Digest had; // the model that came whole last
  private TaskId receiving; // null when no model is under way
  private Manifest model;
  private ChunkSet lacking;
  private boolean over;

  SwarmSite(
      int client,
      SiteName name,
      WireLimits limits,
      Deltas deltas,
      Manifests manifests,
      Optional<KeptModels> kept,
      SwarmEvents events) {
    this.client = client;
    this.name = name;
    this.limits = limits;
    this.deltas = deltas;
    this.manifests = manifests;
    this.kept = kept;
    this.events = events;
  }

  SiteName name() {
    return name;
  }

  @Override
  public void opened(WireConnection connection) {}

  @Override
  public void control(WireConnection connection, Envelope message) {
    switch (message.getMessageCase()) {
      case TASK_OFFER -> offered(connection, message.getTaskOffer());
      case UPLOAD_STATUS -> upload(connection, message.getUploadStatus());
      case TASK_OUTCOME -> outcome(message.getTaskOutcome());
      case LOG_ENTRIES -> events.logEntries(message.getLogEntries().getEntriesCount());
      case FAREWELL -> {
        over = true;
        events.farewell(message.getFarewell().getCompleted(), message.getFarewell().getReason());
      }
      default -> throw new ProtocolException("a site takes no " + message.getMessageCase());
    }
  }

  private void offered(WireConnection connection, TaskOffer offer) {
    TaskId task = TaskId.fromProto(offer.getKey());
    events.offered(task);
    model = Manifest.fromProto(offer.getModel(), limits);
    boolean known = model.digest().equals(had);
    lacking = known ? ChunkSet.none(model.chunkCount()) : ChunkSet.all(model.chunkCount());
    connection.send(
        Envelope.newBuilder()
            .setTaskAnswer(
                TaskAnswer.newBuilder()
                    .setKey(offer.getKey())
                    .setAccepted(
                        TaskAccepted.newBuilder()
                            .setLackingModelChunks(ByteString.copyFrom(lacking.toBytes()))))
            .build());
    if (known) {
      work(connection, task);
    } else {
      receiving = task;
    }
  }

  @Override
  public void chunk(WireConnection connection, TaskId task, int index, ByteBuf data) {
    if (!task.equals(receiving)) {
      throw new ProtocolException("a chunk of " + task + " came, which is not under way");
    }
    if (index >= model.chunkCount() || data.readableBytes() != model.chunkLength(index)) {
      throw new ProtocolException("chunk " + index + " is none of the model's");
    }
    kept.ifPresent(models -> models.put(task, model, index, data));
    if (lacking.remove(index) && lacking.isEmpty()) {
      receiving = null;
      had = model.digest();
      events.modelReceived(task, model.totalBytes());
      work(connection, task);
    }
  }

  private void work(WireConnection connection, TaskId task) {
    boolean train = task.kind() == TaskId.Kind.TRAIN;
    connection.send(
        Envelope.newBuilder()
            .setTaskProgress(
                TaskProgress.newBuilder()
                    .setKey(task.toProto())
                    .setStage(
                        train ? TaskStage.TASK_STAGE_TRAINING : TaskStage.TASK_STAGE_EVALUATING)
                    .setDone(1)
                    .setTotal(1))
            .build());
    connection.send(train ? uploadOffer(task) : report(task));
  }

  private Envelope uploadOffer(TaskId task) {
    return Envelope.newBuilder()
        .setUploadOffer(
            UploadOffer.newBuilder()
                .setKey(task.toProto())
                .setUpdate(manifests.of(client, task.round()).toProto())
                .setWeight(deltas.weight(client)))
        .build();
  }

  private static Envelope report(TaskId task) {
    return Envelope.newBuilder()
        .setEvaluationReport(
            EvaluationReport.newBuilder()
                .setKey(task.toProto())
                .setNatsTotal(NATS)
                .setByteCount(BYTES))
        .build();
  }

  private void upload(WireConnection connection, UploadStatus status) {
    TaskId task = TaskId.fromProto(status.getKey());
    Manifest update = manifests.of(client, task.round());
    ChunkSet wanted =
        ChunkSet.fromBytes(update.chunkCount(), status.getLackingChunks().toByteArray());
    events.uploading(task);
    var unused =
        connection
            .sendChunks(task, new DeltaSource(deltas, client, task.round(), update), wanted)
            .whenComplete(
                (nothing, failure) -> {
                  if (failure != null) {
                    events.failed(name + " cannot send its update: " + failure.getMessage());
                    return;
                  }
                  connection.send(
                      Envelope.newBuilder()
                          .setUploadCommit(UploadCommit.newBuilder().setKey(status.getKey()))
                          .build());
                });
  }

  private void outcome(TaskOutcome outcome) {
    TaskId task = TaskId.fromProto(outcome.getKey());
    if (outcome.getCode() != OutcomeCode.OUTCOME_CODE_ACCEPTED) {
      events.failed(
          "%s was told %s of %s: %s".formatted(name, outcome.getCode(), task, outcome.getReason()));
    } else if (task.kind() == TaskId.Kind.EVALUATE) {
      events.evaluated(task);
    } else if (!outcome.hasReceipt()) {
      events.failed(name + " got no receipt for " + task);
    } else {
      events.receipt(client, task, outcome.getReceipt());
    }
  }

  @Override
  public void closed(WireConnection connection, String reason) {
    if (!over) {
      events.failed(name + " lost its connection: " + reason);
    }
  }
}
