package io.tributary.cli.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tributary.common.job.JobSpec;
import java.io.IOException;
import java.nio.file.Path;

/** The job of {@code jobs/spam.yaml} as the user wants it. */
final class SpamJob {
  /** So many sites may fail without a round failing with them. */
  private static final int SPARE_SITES = 4;

  private SpamJob() {}

  /**
   * The job.
   *
   * @param sites that there are
   * @param weights digest of the model that it starts from
   */
  static JobSpec read(Path file, SpamOptions options, int sites, String weights)
      throws IOException {
    JobSpec job = JobSpec.read(file);
    int quorum = Math.max(1, sites - SPARE_SITES);
    ObjectNode tree =
        tree(job.with(options.seed(), options.rounds(), job.round().withCohort(sites, quorum)));
    ObjectNode model = (ObjectNode) tree.get("model");
    ObjectNode local = (ObjectNode) tree.get("local");
    model.put("initial-weights", weights);
    switch (options.tune()) {
      case HEAD -> {}
      case LORA -> {
        model.putObject("tuning").put("kind", "lora").put("rank", 4).put("alpha", 8);
        tune(local, 0.003, 0.001);
      }
      case FULL -> {
        model.putObject("tuning").put("kind", "full");
        tune(local, 0.0001, 0.00003);
      }
    }
    return spec(tree);
  }

  /**
   * Encoders learn from far smaller steps than a new head, and each costs a thousand times more.
   */
  private static void tune(ObjectNode local, double first, double last) {
    local.put("learning-rate", first).put("final-learning-rate", last);
    local.put("batch-size", 8).put("steps", 10);
  }

  /** The same job with other steps a round. */
  static JobSpec withSteps(JobSpec job, int steps) throws IOException {
    ObjectNode tree = tree(job);
    ((ObjectNode) tree.get("local")).put("steps", steps);
    return spec(tree);
  }

  private static ObjectNode tree(JobSpec job) throws IOException {
    return (ObjectNode) new ObjectMapper().readTree(job.toJson());
  }

  private static JobSpec spec(ObjectNode tree) throws IOException {
    return JobSpec.fromJson(new ObjectMapper().writeValueAsBytes(tree));
  }
}
