package io.tributary.client.train;

import io.tributary.common.job.DataRules;
import io.tributary.common.job.JobSpec;
import io.tributary.common.job.LocalTraining;
import io.tributary.common.job.RoundRules;
import java.nio.file.Path;

/** The example of docs/trainers.md. */
final class IrisJobs {
  static final Path IRIS = Path.of("..", "examples", "iris");

  private IrisJobs() {}

  static JobSpec job() {
    return JobSpec.read(IRIS.resolve("job.yaml"));
  }

  static JobSpec job(DataRules data, LocalTraining local) {
    JobSpec job = job();
    return new JobSpec(
        job.name(),
        job.seed(),
        job.rounds(),
        job.task(),
        job.model(),
        data,
        local,
        new RoundRules(2, null, null, null, null, null, null, null),
        job.update());
  }
}
