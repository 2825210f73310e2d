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
import io.tributary.common.store.DurableFiles;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.Manifest;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What the site does for one task, on {@link TaskRunner}'s thread: model file in, update file or
 * judgement out.
 *
 * <pre>
 *   model file ──► LocalTrainer ──► UpdateTerms.prepare ──► outbox file ──► manifest
 * </pre>
 *
 * <p>If any step throws, no file is left and nothing leaves.
 */
final class LocalWork {
  private static final int BUFFER_BYTES = 64 * 1024;

  private final SiteName site;
  private final LocalTrainer trainer;
  private final Path outbox;
  private final CrashPoint crash;
  private final AtomicLong serial = new AtomicLong();

  LocalWork(SiteName site, LocalTrainer trainer, Path outbox, CrashPoint crash) {
    this.site = site;
    this.trainer = trainer;
    this.outbox = outbox;
    this.crash = crash;
  }

  /** Trains, and writes what may leave to a file of the outbox. */
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
    // A new name each time: a cancelled work's file never stands in the way of the next one's.
    Path file = outbox.resolve(fileName(order) + "-" + serial.incrementAndGet() + ".update");
    DurableFiles.writeAll(
        List.of(
            new DurableFiles.Entry(
                file, DurableFiles.Access.OWNER_ONLY, out -> writeFloats(values, out))));
    crash.reached(CrashMoment.OUTBOX_WRITTEN);
    Manifest manifest = manifestOf(file, terms.chunkBytes());
    return new ReadyUpdate(file, manifest, terms.weight(), terms.declared(update.metrics()));
  }

  private static Manifest manifestOf(Path update, int chunkBytes) throws IOException {
    boolean whole = false;
    try {
      Manifest manifest = Manifest.of(update, chunkBytes);
      whole = true;
      return manifest;
    } finally {
      if (!whole) {
        Files.deleteIfExists(update);
      }
    }
  }

  /** Judges the model on held-out text. */
  LocalEvaluation evaluate(TaskOrder order, Path model, TaskControl control) throws IOException {
    control.progress(0, order.plan().evaluationBytes());
    float[] weights = readWeights(order, model);
    LocalEvaluation evaluation =
        trainer.evaluate(new EvaluationTask(order.job(), order.id().round(), weights), control);
    if (!Double.isFinite(evaluation.natsTotal()) || evaluation.natsTotal() < 0) {
      throw new TaskRefusedException(
          "the held-out loss is " + evaluation.natsTotal() + ": the model gives no probabilities");
    }
    if (evaluation.byteCount() < 1) {
      throw new TaskRefusedException("this site has no held-out text to judge a model by");
    }
    return evaluation;
  }

  private static String fileName(TaskOrder order) {
    return order.id().runId() + ".r" + order.id().round() + ".a" + order.id().attempt();
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

  private static void writeFloats(float[] values, OutputStream out) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at < values.length; at += BUFFER_BYTES / Float.BYTES) {
      int count = Math.min(BUFFER_BYTES / Float.BYTES, values.length - at);
      buffer.clear();
      buffer.asFloatBuffer().put(values, at, count);
      out.write(buffer.array(), 0, count * Float.BYTES);
    }
  }
}
