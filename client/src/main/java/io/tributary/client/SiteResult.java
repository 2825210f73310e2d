package io.tributary.client;

import io.tributary.client.train.LocalEvaluation;
import io.tributary.client.train.LocalPlan;
import io.tributary.client.train.LocalUpdate;
import io.tributary.common.job.JobSpec;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.WireLimits;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Map;

/**
 * What leaves a site for one training task, in memory: the very stages that an agent's outbox file
 * passes, for whoever runs sites without an agent, such as a simulator.
 *
 * @param bytes of the update, little-endian floats
 * @param manifest of the bytes
 * @param weight that the update claims
 * @param metrics those that the job declares
 */
@SuppressWarnings("ArrayRecordComponent") // a record of one big array, compared by nobody
public record SiteResult(
    byte[] bytes, Manifest manifest, long weight, Map<String, Double> metrics) {
  /**
   * Makes a trainer's update fit to leave.
   *
   * @param plan of the job on this site's data
   * @throws io.tributary.client.train.TaskRefusedException if it must not leave
   */
  public static SiteResult of(JobSpec job, LocalPlan plan, LocalUpdate update, WireLimits limits) {
    UpdateTerms terms = new UpdateTerms(job, plan, limits);
    float[] values = terms.prepare(update);
    Floats out = new Floats(Math.toIntExact(terms.byteCount()));
    try {
      LocalWork.writeFloats(values, out);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory does not fail so
    }
    byte[] bytes = out.whole();
    return new SiteResult(
        bytes,
        Manifest.of(ByteBuffer.wrap(bytes), terms.chunkBytes()),
        terms.weight(),
        terms.declared(update.metrics()));
  }

  /**
   * Passes on a judgement that may leave.
   *
   * @throws io.tributary.client.train.TaskRefusedException if it must not
   */
  public static LocalEvaluation of(LocalEvaluation evaluation) {
    return LocalWork.sound(evaluation);
  }

  /** Gives its array away instead of a copy: an update may be large. */
  private static final class Floats extends ByteArrayOutputStream {
    Floats(int size) {
      super(size);
    }

    byte[] whole() {
      if (count != buf.length) {
        throw new IllegalStateException("wrote " + count + " of " + buf.length + " bytes");
      }
      return buf;
    }
  }
}
