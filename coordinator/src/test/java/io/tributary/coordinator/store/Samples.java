package io.tributary.coordinator.store;

import io.tributary.common.job.JobSpec;
import io.tributary.common.job.LocalTraining;
import io.tributary.common.job.ModelSpec;
import io.tributary.common.job.RoundRules;
import io.tributary.common.job.UpdateRules;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A small job and updates for it. */
final class Samples {
  static final JobSpec JOB =
      new JobSpec(
          "sample",
          3L,
          2,
          null,
          new ModelSpec(null, 256, 4, 1, 2, 8, 4),
          null,
          new LocalTraining(null, 0.1, null, null, null, null, 4, 1, null),
          new RoundRules(2, 1.0, 1, null, null, null, null, null),
          new UpdateRules(2.0, 1_000L, null));

  private Samples() {}

  static int values() {
    return JOB.model().transformer().layout().trainableCount();
  }

  static ByteBuffer update(float value) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values()).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < values(); i++) {
      bytes.putFloat(value);
    }
    return bytes.flip();
  }

  static byte[] content(ByteBuffer update) {
    byte[] bytes = new byte[update.limit()];
    update.duplicate().rewind().get(bytes);
    return bytes;
  }
}
