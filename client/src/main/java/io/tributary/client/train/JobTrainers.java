package io.tributary.client.train;

import io.tributary.common.job.JobSpec;
import io.tributary.common.model.ExternalConfig;
import java.util.Map;
import java.util.TreeMap;

/**
 * All trainers of a site: a job with a model of the family goes to the one that reads texts, a job
 * with an external network to the one whose program file has the digest that the job names.
 */
public final class JobTrainers implements LocalTrainer {
  private final LocalTrainer texts;
  private final Map<String, LocalTrainer> byProgram;

  /**
   * A site's trainers; closed with this.
   *
   * @param textsOrNull for the family's models
   * @param byProgram for external networks, by the digest of their program
   */
  public JobTrainers(LocalTrainer textsOrNull, Map<String, LocalTrainer> byProgram) {
    this.texts = textsOrNull;
    this.byProgram = new TreeMap<>(byProgram);
  }

  @Override
  public LocalPlan plan(JobSpec job) {
    return trainer(job).plan(job);
  }

  @Override
  public LocalUpdate train(TrainingTask task, TaskControl control) {
    return trainer(task.job()).train(task, control);
  }

  @Override
  public LocalEvaluation evaluate(EvaluationTask task, TaskControl control) {
    return trainer(task.job()).evaluate(task, control);
  }

  @Override
  public void close() {
    byProgram.values().forEach(LocalTrainer::close);
    if (texts != null) {
      texts.close();
    }
  }

  private LocalTrainer trainer(JobSpec job) {
    if (!(job.model().config() instanceof ExternalConfig external)) {
      if (texts == null) {
        throw new TaskRefusedException(
            "this site has no texts: its own file states no data, so it takes jobs with"
                + " model.external alone");
      }
      return texts;
    }
    LocalTrainer trainer = byProgram.get(external.program());
    if (trainer == null) {
      throw new TaskRefusedException(
          "model.external.program is "
              + external.program()
              + " but none of this site's "
              + byProgram.size()
              + " trainers has that program: the site must name the file as a program under"
              + " trainers in its own file");
    }
    return trainer;
  }
}
