package io.tributary.simulation.virtual;

import com.google.protobuf.ByteString;
import io.tributary.client.SiteResult;
import io.tributary.client.train.LocalEvaluation;
import io.tributary.common.wire.ChunkSet;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.WireLimits;
import io.tributary.common.wire.v1.ChunkManifest;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.EvaluationReport;
import io.tributary.common.wire.v1.TaskAccepted;
import io.tributary.common.wire.v1.TaskAnswer;
import io.tributary.common.wire.v1.TaskProgress;
import io.tributary.common.wire.v1.TaskRefused;
import io.tributary.common.wire.v1.TaskStage;
import io.tributary.common.wire.v1.UploadCommit;
import io.tributary.common.wire.v1.UploadOffer;

/** The messages of {@link VirtualSite}: those of a real site. */
final class VirtualMessages {
  private VirtualMessages() {}

  static Manifest manifest(ChunkManifest proto) {
    return Manifest.fromProto(proto, WireLimits.DEFAULT);
  }

  static Envelope accepted(TaskId task, ChunkSet lackingOfModel) {
    return Envelope.newBuilder()
        .setTaskAnswer(
            TaskAnswer.newBuilder()
                .setKey(task.toProto())
                .setAccepted(
                    TaskAccepted.newBuilder()
                        .setLackingModelChunks(ByteString.copyFrom(lackingOfModel.toBytes()))))
        .build();
  }

  static Envelope refused(TaskId task, String reason) {
    return Envelope.newBuilder()
        .setTaskAnswer(
            TaskAnswer.newBuilder()
                .setKey(task.toProto())
                .setRefused(TaskRefused.newBuilder().setReason(reason)))
        .build();
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

  static Envelope uploadOffer(TaskId task, SiteResult update) {
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
}
