package io.tributary.coordinator.job;

import com.google.protobuf.ByteString;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.ChunkSet;
import io.tributary.common.wire.ProtocolException;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.OutcomeCode;
import io.tributary.common.wire.v1.TaskAnswer;
import io.tributary.common.wire.v1.TaskKey;
import io.tributary.common.wire.v1.TaskOffer;
import io.tributary.common.wire.v1.TaskOutcome;
import io.tributary.common.wire.v1.UploadStatus;
import io.tributary.coordinator.round.RoundEffect;
import io.tributary.coordinator.round.SiteTask;
import java.util.Optional;

/** Turns effects of the machines into messages: the only place that knows both. */
final class TaskMessages {
  private final JobContext context;

  TaskMessages(JobContext context) {
    this.context = context;
  }

  void offer(SiteName site, TaskId task, ModelReference model, long remainingMillis) {
    TaskOffer offer =
        TaskOffer.newBuilder()
            .setKey(task.toProto())
            .setJobJson(context.run().jobJson())
            .setModel(model.manifest().toProto())
            .setRemainingMillis(Math.max(1, remainingMillis))
            .build();
    boolean unusedSent =
        context.gateway().send(site, Envelope.newBuilder().setTaskOffer(offer).build());
  }

  /** Starts sending the chunks that the site lacks. */
  void accepted(SiteName site, TaskId task, TaskAnswer answer, ModelReference model) {
    byte[] bitmap = answer.getAccepted().getLackingModelChunks().toByteArray();
    ChunkSet lacking = ChunkSet.fromBytes(model.manifest().chunkCount(), bitmap);
    context.gateway().sendModel(site, task, model, lacking);
  }

  void status(SiteName site, TaskId task, ChunkSet lacking) {
    UploadStatus status =
        UploadStatus.newBuilder()
            .setKey(task.toProto())
            .setLackingChunks(ByteString.copyFrom(lacking.toBytes()))
            .build();
    boolean unusedSent =
        context.gateway().send(site, Envelope.newBuilder().setUploadStatus(status).build());
  }

  void conclude(RoundEffect.Conclude conclude, TaskId task) {
    TaskOutcome.Builder outcome =
        conclude
            .receipt()
            .map(receipt -> OutcomeLog.accepted(task, receipt))
            .orElseGet(
                () ->
                    TaskOutcome.newBuilder()
                        .setKey(task.toProto())
                        .setCode(code(conclude.outcome()))
                        .setReason(OutcomeLog.oneLine(conclude.reason())));
    context.activity().stopped(conclude.site(), context.now());
    context.outcomes().conclude(conclude.site(), task, outcome.build());
  }

  /** The update became durable nowhere, because its attempt was over. */
  void late(SiteName site, TaskId task, String reason) {
    conclude(
        new RoundEffect.Conclude(
            site, task.attempt(), RoundEffect.Outcome.LATE, reason, Optional.empty()),
        task);
  }

  /** Takes an open task back. */
  void withdraw(SiteName site, SiteTask open, TaskId task, String reason) {
    if (open.state().isWorking()) {
      conclude(
          new RoundEffect.Conclude(
              site,
              open.attempt(),
              RoundEffect.Outcome.WITHDRAWN,
              OutcomeLog.oneLine(reason),
              Optional.empty()),
          task);
    }
  }

  private static OutcomeCode code(RoundEffect.Outcome outcome) {
    return switch (outcome) {
      case ACCEPTED -> OutcomeCode.OUTCOME_CODE_ACCEPTED;
      case REFUSED -> OutcomeCode.OUTCOME_CODE_REFUSED;
      case LATE -> OutcomeCode.OUTCOME_CODE_LATE;
      case WITHDRAWN -> OutcomeCode.OUTCOME_CODE_WITHDRAWN;
    };
  }

  /**
   * The task that a site's message is about.
   *
   * @throws ProtocolException when it is no message that sites send about tasks
   */
  static TaskId taskOf(Envelope message) {
    TaskKey key =
        switch (message.getMessageCase()) {
          case TASK_ANSWER -> message.getTaskAnswer().getKey();
          case TASK_PROGRESS -> message.getTaskProgress().getKey();
          case UPLOAD_OFFER -> message.getUploadOffer().getKey();
          case UPLOAD_COMMIT -> message.getUploadCommit().getKey();
          case EVALUATION_REPORT -> message.getEvaluationReport().getKey();
          default ->
              throw new ProtocolException(
                  "a coordinator takes no " + message.getMessageCase() + " from a site");
        };
    return TaskId.fromProto(key);
  }
}
