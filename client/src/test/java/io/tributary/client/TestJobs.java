package io.tributary.client;

import io.tributary.common.job.DataRules;
import io.tributary.common.job.JobSpec;
import io.tributary.common.job.LocalTraining;
import io.tributary.common.job.ModelSpec;
import io.tributary.common.job.RoundRules;
import io.tributary.common.job.Task;
import io.tributary.common.job.UpdateRules;
import io.tributary.common.model.InitialWeights;
import io.tributary.common.tensor.Layout;
import io.tributary.common.wire.WireLimits;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A job small enough for every test: 2,728 parameters, eleven chunks of 1 KiB. */
final class TestJobs {
  static final String JOB = "tiny";

  /** As the coordinator names a run of the job. */
  static final String RUN = JOB + ".0123abcd";

  /** Chunks small enough that a tiny model has several, buffers small enough to hold them back. */
  static final WireLimits LIMITS =
      new WireLimits(
          1 << 20, 16 << 10, 1 << 10, 1 << 16, 1L << 30, 16_384, 20_000, 500, 5_000, 500, 4 << 10,
          2 << 10, 4 << 20, 8, 64, 64);

  private TestJobs() {}

  static JobSpec job() {
    return job(UpdateRules.DEFAULT);
  }

  static JobSpec job(UpdateRules update) {
    return job(update, new LocalTraining(null, 0.003, null, null, null, null, 4, null, 5));
  }

  static JobSpec job(UpdateRules update, LocalTraining local) {
    return new JobSpec(
        JOB,
        7L,
        3,
        Task.LANGUAGE_MODEL,
        new ModelSpec(null, 256, 8, 1, 2, 16, 8),
        DataRules.DEFAULT,
        local,
        new RoundRules(2, null, null, null, null, null, null, null),
        update);
  }

  static Layout layout() {
    return job().model().config().layout();
  }

  static float[] weights(long seed) {
    return InitialWeights.create(layout(), seed);
  }

  static byte[] bytes(float[] values) {
    ByteBuffer buffer =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    buffer.asFloatBuffer().put(values);
    return buffer.array();
  }
}
