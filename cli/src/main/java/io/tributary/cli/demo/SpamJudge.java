package io.tributary.cli.demo;

import io.tributary.client.SiteConfig;
import io.tributary.client.data.SiteData;
import io.tributary.client.train.ModelWork;
import io.tributary.client.train.TaskControl;
import io.tributary.client.train.TrainingTask;
import io.tributary.common.job.JobSpec;
import io.tributary.common.tensor.Layout;
import io.tributary.common.tls.SiteName;
import io.tributary.simulation.FederationHome;
import io.tributary.transformer.ConfusionMatrix;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Judges models on the sites' held-out mails, and trains what the federation is compared with. Only
 * the demo can: it owns all the mails. The same data, splits and trainer as at the sites.
 */
final class SpamJudge implements AutoCloseable {
  private static final TaskControl UNINTERRUPTED =
      new TaskControl() {
        @Override
        public void progress(long done, long total) {}

        @Override
        public void checkNotCancelled() {}
      };

  private final JobSpec job;
  private final Layout layout;
  private final Map<String, SiteData> data = new LinkedHashMap<>();
  private final ModelWork work;

  /**
   * Reads the sites' data.
   *
   * @param threads that may encode mails at the same time
   */
  SpamJudge(JobSpec job, FederationHome home, int threads) {
    this.job = job;
    this.layout = job.model().config().layout();
    this.work = new ModelWork(threads);
    for (String site : home.sites()) {
      SiteConfig config = SiteConfig.read(home.siteConfig(site));
      data.put(site, SiteData.read(config.data(), config.tokenizerPath()));
    }
  }

  /** A model's answers to the held-out mails of all sites together. */
  ConfusionMatrix union(float[] weights) {
    return work.confusions(job, weights, List.copyOf(data.values()));
  }

  /** A model's answers to a site's own held-out mails. */
  ConfusionMatrix own(String site, float[] weights) {
    return work.confusions(job, weights, List.of(data.get(site)));
  }

  /**
   * Trains a site alone, round after round with the rates and batches of the federation's, and
   * nobody to average with.
   */
  float[] alone(String site, float[] initial) {
    float[] weights = initial;
    for (int round = 1; round <= job.rounds(); round++) {
      TrainingTask task = new TrainingTask(job, round, new SiteName(site), weights);
      weights =
          layout.plusTrainableDelta(
              weights, work.train(task, data.get(site), UNINTERRUPTED).delta());
    }
    return weights;
  }

  /** Trains on all sites' mails as if they were one's, with as many steps as all sites together. */
  float[] pooled(float[] initial) throws IOException {
    JobSpec longer = SpamJob.withSteps(job, Math.multiplyExact(job.local().steps(), data.size()));
    List<SiteData> all = new ArrayList<>(data.values());
    float[] weights = initial;
    for (int round = 1; round <= job.rounds(); round++) {
      TrainingTask task = new TrainingTask(longer, round, new SiteName("pooled"), weights);
      weights =
          layout.plusTrainableDelta(weights, work.trainPooled(task, all, UNINTERRUPTED).delta());
    }
    return weights;
  }

  @Override
  public void close() {
    work.close();
  }
}
