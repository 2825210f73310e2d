package io.tributary.coordinator.job;

import com.google.protobuf.ByteString;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.ChunkSet;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.EvaluationReport;
import io.tributary.common.wire.v1.Farewell;
import io.tributary.common.wire.v1.TaskAccepted;
import io.tributary.common.wire.v1.TaskAnswer;
import io.tributary.common.wire.v1.TaskOffer;
import io.tributary.common.wire.v1.TaskOutcome;
import io.tributary.common.wire.v1.TaskProgress;
import io.tributary.common.wire.v1.TaskRefused;
import io.tributary.common.wire.v1.TaskStage;
import io.tributary.common.wire.v1.UploadCommit;
import io.tributary.common.wire.v1.UploadOffer;
import io.tributary.common.wire.v1.UploadStatus;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** A site that follows the protocol, apart from the one habit it was given. */
class ScriptedSite {
  static final long TRAINING_MILLIS = 2_000;
  static final long EVALUATION_MILLIS = 500;

  private final World world;
  private final SiteName name;
  private final long weight;
  private ByteBuffer update;

  final List<TaskOutcome> outcomes = new ArrayList<>();
  final List<TaskOffer> offers = new ArrayList<>();
  Farewell farewell;

  ScriptedSite(World world, String name, float delta, long weight) {
    this.world = world;
    this.name = new SiteName(name);
    this.weight = weight;
    this.update = World.delta(world.updateValues(), delta);
  }

  SiteName name() {
    return name;
  }

  World world() {
    return world;
  }

  ScriptedSite withUpdate(ByteBuffer bytes) {
    update = bytes;
    return this;
  }

  void received(Envelope message) {
    switch (message.getMessageCase()) {
      case TASK_OFFER -> {
        offers.add(message.getTaskOffer());
        offered(message.getTaskOffer(), TaskId.fromProto(message.getTaskOffer().getKey()));
      }
      case UPLOAD_STATUS -> uploadStatus(message.getUploadStatus());
      case TASK_OUTCOME -> outcomes.add(message.getTaskOutcome());
      case FAREWELL -> farewell = message.getFarewell();
      default -> throw new AssertionError("a site got " + message);
    }
  }

  void offered(TaskOffer offer, TaskId task) {
    accept(task, offer);
    if (task.kind() == TaskId.Kind.TRAIN) {
      progress(task, TaskStage.TASK_STAGE_TRAINING);
      world.later(TRAINING_MILLIS, () -> offerUpload(task));
    } else {
      progress(task, TaskStage.TASK_STAGE_EVALUATING);
      world.later(EVALUATION_MILLIS, () -> report(task, 250, 100));
    }
  }

  void accept(TaskId task, TaskOffer offer) {
    Manifest model = Manifest.fromProto(offer.getModel(), World.LIMITS);
    send(
        Envelope.newBuilder()
            .setTaskAnswer(
                TaskAnswer.newBuilder()
                    .setKey(task.toProto())
                    .setAccepted(
                        TaskAccepted.newBuilder()
                            .setLackingModelChunks(
                                ByteString.copyFrom(ChunkSet.all(model.chunkCount()).toBytes())))));
  }

  void decline(TaskId task, String reason) {
    send(
        Envelope.newBuilder()
            .setTaskAnswer(
                TaskAnswer.newBuilder()
                    .setKey(task.toProto())
                    .setRefused(TaskRefused.newBuilder().setReason(reason))));
  }

  void progress(TaskId task, TaskStage stage) {
    send(
        Envelope.newBuilder()
            .setTaskProgress(
                TaskProgress.newBuilder()
                    .setKey(task.toProto())
                    .setStage(stage)
                    .setDone(1)
                    .setTotal(10)));
  }

  void offerUpload(TaskId task) {
    send(
        Envelope.newBuilder()
            .setUploadOffer(
                UploadOffer.newBuilder()
                    .setKey(task.toProto())
                    .setUpdate(manifest().toProto())
                    .setWeight(weight)
                    .putMetrics("training-loss-nats-per-token", 2.0)));
  }

  void uploadStatus(UploadStatus status) {
    TaskId task = TaskId.fromProto(status.getKey());
    ChunkSet lacking =
        ChunkSet.fromBytes(manifest().chunkCount(), status.getLackingChunks().toByteArray());
    world.chunksFromSite(name, task, manifest(), update, lacking);
    commit(task);
  }

  void commit(TaskId task) {
    send(Envelope.newBuilder().setUploadCommit(UploadCommit.newBuilder().setKey(task.toProto())));
  }

  void report(TaskId task, double nats, long bytes) {
    send(
        Envelope.newBuilder()
            .setEvaluationReport(
                EvaluationReport.newBuilder()
                    .setKey(task.toProto())
                    .setNatsTotal(nats)
                    .setByteCount(bytes)));
  }

  void send(Envelope.Builder message) {
    world.fromSite(name, message.build());
  }

  Manifest manifest() {
    return Manifest.of(update, World.LIMITS.chunkBytes());
  }
}
