package io.tributary.client;

import com.google.protobuf.ByteString;
import io.tributary.client.train.LocalEvaluation;
import io.tributary.common.wire.ChunkSet;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.EvaluationReport;
import io.tributary.common.wire.v1.LogRequest;
import io.tributary.common.wire.v1.Refusal;
import io.tributary.common.wire.v1.RefusalCode;
import io.tributary.common.wire.v1.TaskAccepted;
import io.tributary.common.wire.v1.TaskAnswer;
import io.tributary.common.wire.v1.TaskProgress;
import io.tributary.common.wire.v1.TaskRefused;
import io.tributary.common.wire.v1.TaskStage;
import io.tributary.common.wire.v1.UploadCommit;
import io.tributary.common.wire.v1.UploadOffer;

/**
 * Every message that {@link SiteSession} sends, in one place: what is not built here does not leave
 * the site, but for the bytes of a {@link ReadyUpdate}.
 */
final class SiteMessages {
  /** Longest reason that is sent. */
  private static final int MAX_REASON_CHARACTERS = 500;

  private SiteMessages() {}

  static Envelope accepted(TaskId task, ChunkSet lackingOfModel) {
    return answer(
        TaskAnswer.newBuilder()
            .setKey(task.toProto())
            .setAccepted(
                TaskAccepted.newBuilder()
                    .setLackingModelChunks(ByteString.copyFrom(lackingOfModel.toBytes()))));
  }

  static Envelope refused(TaskId task, String reason) {
    return answer(
        TaskAnswer.newBuilder()
            .setKey(task.toProto())
            .setRefused(TaskRefused.newBuilder().setReason(bounded(reason))));
  }

  static Envelope progress(TaskId task, long done, long total) {
    TaskStage stage =
        switch (task.kind()) {
          case TRAIN -> TaskStage.TASK_STAGE_TRAINING;
          case EVALUATE -> TaskStage.TASK_STAGE_EVALUATING;
        };
    return Envelope.newBuilder()
        .setTaskProgress(
            TaskProgress.newBuilder()
                .setKey(task.toProto())
                .setStage(stage)
                .setDone(done)
                .setTotal(total))
        .build();
  }

  static Envelope uploadOffer(TaskId task, ReadyUpdate update) {
    return Envelope.newBuilder()
        .setUploadOffer(
            UploadOffer.newBuilder()
                .setKey(task.toProto())
                .setUpdate(update.manifest().toProto())
                .setWeight(update.weight())
                .putAllMetrics(update.metrics()))
        .build();
  }

  static Envelope uploadCommit(TaskId task) {
    return Envelope.newBuilder()
        .setUploadCommit(UploadCommit.newBuilder().setKey(task.toProto()))
        .build();
  }

  static Envelope report(TaskId task, LocalEvaluation evaluation) {
    return Envelope.newBuilder()
        .setEvaluationReport(
            EvaluationReport.newBuilder()
                .setKey(task.toProto())
                .setNatsTotal(evaluation.natsTotal())
                .setByteCount(evaluation.byteCount()))
        .build();
  }

  static Envelope logRequest(String run, int fromSequence) {
    return Envelope.newBuilder()
        .setLogRequest(LogRequest.newBuilder().setRunId(run).setFromSequence(fromSequence))
        .build();
  }

  static Refusal refusal(RefusalCode code, String reason) {
    return Refusal.newBuilder().setCode(code).setReason(bounded(reason)).build();
  }

  /** What a coordinator wrote, made fit for one line of a log. */
  static String oneLine(String fromCoordinator) {
    return bounded(fromCoordinator).replaceAll("\\p{Cntrl}", "?");
  }

  private static Envelope answer(TaskAnswer.Builder answer) {
    return Envelope.newBuilder().setTaskAnswer(answer).build();
  }

  private static String bounded(String reason) {
    return reason.length() <= MAX_REASON_CHARACTERS
        ? reason
        : reason.substring(0, MAX_REASON_CHARACTERS) + "…";
  }
}
