package io.tributary.client.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.client.data.SiteData;
import io.tributary.common.job.DataRules;
import io.tributary.common.job.JobSpec;
import io.tributary.common.job.LocalTraining;
import io.tributary.common.job.ModelSpec;
import io.tributary.common.job.RoundRules;
import io.tributary.common.job.Task;
import io.tributary.common.job.UpdateRules;
import io.tributary.common.model.InitialWeights;
import io.tributary.common.tls.SiteName;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** One engine for many sites: with the real engine, on a model of a few thousand parameters. */
final class ModelWorkTest {
  private static final JobSpec JOB =
      new JobSpec(
          "tiny",
          3L,
          4,
          Task.LANGUAGE_MODEL,
          new ModelSpec(null, 256, 8, 1, 2, 16, 8),
          DataRules.DEFAULT,
          new LocalTraining(null, 0.01, null, null, null, null, 4, null, 6),
          new RoundRules(1, null, null, null, null, null, null, null),
          UpdateRules.DEFAULT);
  private static final SiteName NORTH = new SiteName("north");
  private static final SiteName SOUTH = new SiteName("south");
  private static final SiteData SHORT = text("to be or not to be, it is. ", 30);
  private static final SiteData LONG = text("a rose by any other name would smell. ", 80);

  private static SiteData text(String words, int times) {
    return SiteData.ofText(words.repeat(times).getBytes(StandardCharsets.UTF_8));
  }

  private static float[] weights() {
    return InitialWeights.create(JOB.model().config().layout(), 9);
  }

  private static LocalUpdate train(ModelWork work, SiteName site, SiteData text, float[] base) {
    return work.train(new TrainingTask(JOB, 1, site, base), text, NoControl.NONE);
  }

  @Test
  void whatAnEngineDidBeforeChangesNothing() {
    LocalUpdate alone;
    LocalEvaluation judgedAlone;
    try (ModelWork fresh = new ModelWork()) {
      alone = train(fresh, SOUTH, LONG, weights());
      judgedAlone = fresh.evaluate(new EvaluationTask(JOB, 1, weights()), LONG, NoControl.NONE);
    }
    try (ModelWork shared = new ModelWork()) {
      LocalUpdate other = train(shared, NORTH, SHORT, weights());
      LocalEvaluation unusedOther =
          shared.evaluate(new EvaluationTask(JOB, 1, weights()), SHORT, NoControl.NONE);
      LocalUpdate after = train(shared, SOUTH, LONG, weights());
      assertThat(after.delta()).isEqualTo(alone.delta()).isNotEqualTo(other.delta());
      assertThat(after.exampleCount()).isEqualTo(alone.exampleCount());
      assertThat(after.metrics()).isEqualTo(alone.metrics());
      assertThat(shared.evaluate(new EvaluationTask(JOB, 1, weights()), LONG, NoControl.NONE))
          .isEqualTo(judgedAlone);
    }
  }

  @Test
  void theTasksWeightsStayAsTheyAre() {
    float[] base = weights();
    try (ModelWork work = new ModelWork()) {
      LocalUpdate update = train(work, NORTH, SHORT, base);
      assertThat(update.delta()).isNotEqualTo(new float[update.delta().length]);
      assertThat(base).isEqualTo(weights());
    }
  }

  private enum NoControl implements TaskControl {
    NONE;

    @Override
    public void progress(long done, long total) {}

    @Override
    public void checkNotCancelled() {}
  }
}
