package io.tributary.cli.demo;

import io.tributary.client.train.EvaluationTask;
import io.tributary.client.train.LocalEvaluation;
import io.tributary.client.train.LocalTrainer;
import io.tributary.client.train.LocalUpdate;
import io.tributary.client.train.TaskControl;
import io.tributary.client.train.TrainingTask;
import io.tributary.common.job.JobSpec;
import io.tributary.common.model.InitialWeights;
import io.tributary.common.tls.SiteName;
import java.util.Collection;
import java.util.function.IntConsumer;

/**
 * What a site would have without the federation: it trains alone, through the same trainer, from
 * the same initial weights, with the same learning rates and batches, as many rounds as it took
 * part in, and is stopped early where its own held-out loss was lowest.
 *
 * <p>Judged on the union of all sites' held-out text, as the federation is. Only the demo can do
 * that: it owns all the texts.
 */
final class AloneBaseline {
  private static final TaskControl UNINTERRUPTED =
      new TaskControl() {
        @Override
        public void progress(long done, long total) {}

        @Override
        public void checkNotCancelled() {}
      };

  private final JobSpec job;

  AloneBaseline(JobSpec job) {
    this.job = job;
  }

  /**
   * Trains {@code site} alone for {@code rounds} rounds.
   *
   * @param trainer the site's
   * @param roundDone told after each round
   * @return the weights with the lowest own held-out loss
   */
  float[] train(SiteName site, LocalTrainer trainer, int rounds, IntConsumer roundDone) {
    float[] weights = InitialWeights.create(job.model().config().layout(), job.seed());
    float[] best = weights.clone();
    double bestLoss = natsPerByte(trainer.evaluate(task(0, weights), UNINTERRUPTED));
    for (int round = 1; round <= rounds; round++) {
      LocalUpdate update =
          trainer.train(new TrainingTask(job, round, site, weights.clone()), UNINTERRUPTED);
      // All tensors of this model are trainable, so the delta covers the whole vector.
      float[] delta = update.delta();
      for (int i = 0; i < weights.length; i++) {
        weights[i] += delta[i];
      }
      double loss = natsPerByte(trainer.evaluate(task(round, weights), UNINTERRUPTED));
      if (loss < bestLoss) {
        bestLoss = loss;
        best = weights.clone();
      }
      roundDone.accept(round);
    }
    return best;
  }

  /** Loss of {@code weights} on all sites' held-out text, every byte counting the same. */
  double unionNatsPerByte(float[] weights, Collection<? extends LocalTrainer> trainers) {
    double nats = 0;
    long bytes = 0;
    for (LocalTrainer trainer : trainers) {
      LocalEvaluation evaluation = trainer.evaluate(task(0, weights), UNINTERRUPTED);
      nats += evaluation.natsTotal();
      bytes += evaluation.byteCount();
    }
    return nats / bytes;
  }

  private EvaluationTask task(int round, float[] weights) {
    return new EvaluationTask(job, round, weights.clone());
  }

  private static double natsPerByte(LocalEvaluation evaluation) {
    return evaluation.natsTotal() / evaluation.byteCount();
  }
}
