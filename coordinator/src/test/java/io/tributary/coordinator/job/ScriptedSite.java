package io.tributary.coordinator.job;

import com.google.protobuf.ByteString;
import io.tributary.common.notary.StatementBodies;
import io.tributary.common.notary.StatementException;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.ChunkSet;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.EvaluationReport;
import io.tributary.common.wire.v1.Farewell;
import io.tributary.common.wire.v1.LogEntries;
import io.tributary.common.wire.v1.LogRequest;
import io.tributary.common.wire.v1.SignedStatement;
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
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A site that follows the protocol, apart from the one habit it was given. It keeps a finished
 * update until it hears what became of it, however often the coordinator dies meanwhile.
 */
class ScriptedSite {
  static final long TRAINING_MILLIS = 2_000;
  static final long EVALUATION_MILLIS = 500;

  private final World world;
  private final SiteName name;
  private final long weight;
  private ByteBuffer update;

  final List<TaskOutcome> outcomes = new ArrayList<>();
  final List<TaskOffer> offers = new ArrayList<>();
  final Map<Integer, SignedStatement> entries = new TreeMap<>();
  private Optional<TaskId> working = Optional.empty();
  private Optional<TaskId> outbox = Optional.empty();
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
      case TASK_OUTCOME -> {
        outcomes.add(message.getTaskOutcome());
        outcome(TaskId.fromProto(message.getTaskOutcome().getKey()));
      }
      case LOG_ENTRIES -> logEntries(message.getLogEntries());
      case FAREWELL -> farewell = message.getFarewell();
      default -> throw new AssertionError("a site got " + message);
    }
  }

  /** What came is the newest, and what was asked for; older ones are asked for. */
  private void logEntries(LogEntries message) {
    for (SignedStatement entry : message.getEntriesList()) {
      entries.put(sequence(entry), entry);
    }
    int next = 0;
    while (entries.containsKey(next)) {
      next++;
    }
    boolean more = message.getEntriesCount() == EntrySender.MAX_ENTRIES;
    if (more || next <= ((TreeMap<Integer, SignedStatement>) entries).lastKey()) {
      requestLog(message.getRunId(), next);
    }
  }

  void requestLog(String runId, int from) {
    send(
        Envelope.newBuilder()
            .setLogRequest(LogRequest.newBuilder().setRunId(runId).setFromSequence(from)));
  }

  private static int sequence(SignedStatement entry) {
    try {
      return StatementBodies.entry(entry.getBody()).sequence();
    } catch (StatementException e) {
      throw new AssertionError(e);
    }
  }

  /** The connection is open: an update that waits is offered before anything is asked. */
  void connected() {
    outbox.ifPresent(this::offerUpload);
  }

  private void outcome(TaskId task) {
    if (outbox.filter(task::equals).isPresent()) {
      outbox = Optional.empty();
    }
    if (working.filter(task::equals).isPresent()) {
      working = Optional.empty();
    }
  }

  void offered(TaskOffer offer, TaskId task) {
    if (outbox.filter(task::equals).isPresent()) {
      return; // it was offered when the connection opened
    }
    accept(task, offer);
    if (task.kind() == TaskId.Kind.TRAIN) {
      progress(task, TaskStage.TASK_STAGE_TRAINING);
      if (working.filter(task::equals).isEmpty()) {
        working = Optional.of(task);
        world.later(TRAINING_MILLIS, () -> trained(task));
      }
    } else {
      progress(task, TaskStage.TASK_STAGE_EVALUATING);
      world.later(EVALUATION_MILLIS, () -> report(task, 250, 100));
    }
  }

  /** The update is kept before its first byte leaves. */
  private void trained(TaskId task) {
    if (working.filter(task::equals).isPresent()) {
      working = Optional.empty();
      outbox = Optional.of(task);
      offerUpload(task);
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
