package io.tributary.client.process;

import io.tributary.common.job.DataRules;
import io.tributary.common.job.JobSpec;
import io.tributary.common.job.LocalTraining;
import io.tributary.common.job.ModelSpec;
import io.tributary.common.job.RoundRules;
import io.tributary.common.job.Task;
import io.tributary.common.job.UpdateRules;

/** A job with few parameters. */
final class ProcessJobs {
  private ProcessJobs() {}

  static JobSpec job() {
    return new JobSpec(
        "tiny",
        7L,
        3,
        Task.LANGUAGE_MODEL,
        new ModelSpec(null, 256, 8, 1, 2, 16, 8),
        DataRules.DEFAULT,
        new LocalTraining(null, 0.003, null, null, null, null, 4, null, 5),
        new RoundRules(2, null, null, null, null, null, null, null),
        UpdateRules.DEFAULT);
  }
}
