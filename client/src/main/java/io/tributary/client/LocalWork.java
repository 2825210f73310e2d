package io.tributary.client;

import io.tributary.client.train.EvaluationTask;
import io.tributary.client.train.LocalEvaluation;
import io.tributary.client.train.LocalTrainer;
import io.tributary.client.train.LocalUpdate;
import io.tributary.client.train.TaskControl;
import io.tributary.client.train.TaskRefusedException;
import io.tributary.client.train.TrainingTask;
import io.tributary.common.store.CrashMoment;
import io.tributary.common.store.CrashPoint;
import io.tributary.common.tls.SiteName;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * What the site does for one task, on {@link TaskRunner}'s thread: model file in, update file or
 * judgement out.
 *
 * <pre>
 *   model file ──► LocalTrainer ──► UpdateTerms.prepare ──► Outbox
 * </pre>
 *
 * <p>If any step throws, no file is left and nothing leaves. An update that is in the outbox is
 * never trained again.
 */
final class LocalWork {
  private static final int BUFFER_BYTES = 64 * 1024;

  private final SiteName site;
  private final LocalTrainer trainer;
  private final Outbox outbox;
  private final CrashPoint crash;

  LocalWork(SiteName site, LocalTrainer trainer, Outbox outbox, CrashPoint crash) {
    this.site = site;
    this.trainer = trainer;
    this.outbox = outbox;
    this.crash = crash;
  }

  /** Trains, and puts what may leave into the outbox. */
  ReadyUpdate train(TaskOrder order, Path model, TaskControl control) throws IOException {
    // The coordinator hears at once that work has begun, not with the first step that is done.
    control.progress(0, order.plan().steps());
    float[] weights = readWeights(order, model);
    LocalUpdate update =
        trainer.train(new TrainingTask(order.job(), order.id().round(), site, weights), control);
    control.checkNotCancelled();
    UpdateTerms terms = order.terms();
    float[] values = terms.prepare(update);
    control.checkNotCancelled();
    crash.reached(CrashMoment.UPDATE_TRAINED);
    ReadyUpdate ready =
        outbox.put(order, out -> writeFloats(values, out), terms.declared(update.metrics()));
    crash.reached(CrashMoment.OUTBOX_WRITTEN);
    return ready;
  }

  /** Judges the model on held-out text. */
  LocalEvaluation evaluate(TaskOrder order, Path model, TaskControl control) throws IOException {
    control.progress(0, order.plan().evaluationBytes());
    float[] weights = readWeights(order, model);
    LocalEvaluation evaluation =
        trainer.evaluate(new EvaluationTask(order.job(), order.id().round(), weights), control);
    return sound(evaluation);
  }

  /** Passes on a judgement that may leave. */
  static LocalEvaluation sound(LocalEvaluation evaluation) {
    if (!Double.isFinite(evaluation.natsTotal()) || evaluation.natsTotal() < 0) {
      throw new TaskRefusedException(
          "the held-out loss is " + evaluation.natsTotal() + ": the model gives no probabilities");
    }
    if (evaluation.byteCount() < 1) {
      throw new TaskRefusedException("this site has no held-out text to judge a model by");
    }
    return evaluation;
  }

  private static float[] readWeights(TaskOrder order, Path model) throws IOException {
    float[] weights = new float[order.terms().layout().parameterCount()];
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    try (FileChannel channel = FileChannel.open(model, StandardOpenOption.READ)) {
      int at = 0;
      while (at < weights.length) {
        int count = Math.min(BUFFER_BYTES / Float.BYTES, weights.length - at);
        buffer.clear().limit(count * Float.BYTES);
        while (buffer.hasRemaining()) {
          if (channel.read(buffer) < 0) {
            throw new EOFException(model + " ends before parameter " + weights.length);
          }
        }
        buffer.flip();
        buffer.asFloatBuffer().get(weights, at, count);
        at += count;
      }
    }
    for (float weight : weights) {
      if (!Float.isFinite(weight)) {
        throw new TaskRefusedException("the offered model holds NaN or infinity");
      }
    }
    return weights;
  }

  static void writeFloats(float[] values, OutputStream out) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at < values.length; at += BUFFER_BYTES / Float.BYTES) {
      int count = Math.min(BUFFER_BYTES / Float.BYTES, values.length - at);
      buffer.clear();
      buffer.asFloatBuffer().put(values, at, count);
      out.write(buffer.array(), 0, count * Float.BYTES);
    }
  }
}
