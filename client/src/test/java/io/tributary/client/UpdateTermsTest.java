package io.tributary.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.client.train.LocalPlan;
import io.tributary.client.train.LocalUpdate;
import io.tributary.client.train.TaskRefusedException;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.JobSpec;
import io.tributary.common.job.UpdateRules;
import io.tributary.common.wire.WireLimits;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class UpdateTermsTest {
  private static final LocalPlan PLAN = new LocalPlan(2_000, 5, 7);

  private static UpdateTerms terms(UpdateRules rules) {
    return new UpdateTerms(TestJobs.job(rules), PLAN, TestJobs.LIMITS);
  }

  private static LocalUpdate update(float value) {
    float[] delta = new float[TestJobs.layout().trainableCount()];
    delta[9] = value;
    return new LocalUpdate(delta, 2_000, Map.of());
  }

  @Test
  void leavesAnUpdateWithinItsBoundsAsItIs() {
    LocalUpdate update = update(8.0f);
    float[] expected = update.delta().clone();

    assertThat(terms(UpdateRules.DEFAULT).prepare(update)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      floats = {8.001f, -8.001f, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void refusesWhatIsBeyondThem(float value) {
    assertThatThrownBy(() -> terms(UpdateRules.DEFAULT).prepare(update(value)))
        .isInstanceOf(TaskRefusedException.class);
  }

  @Test
  void clipsBeforeItLooksAtTheBound() {
    float[] prepared = terms(new UpdateRules(8.0, null, 1.0)).prepare(update(100f));

    assertThat(prepared[9]).isBetween(0.999f, 1.0f);
  }

  @Test
  void doesNotTakeAnUpdateOfAnotherLength() {
    assertThatThrownBy(
            () ->
                terms(UpdateRules.DEFAULT).prepare(new LocalUpdate(new float[3], 2_000, Map.of())))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("gave 3 values");
  }

  @Test
  void boundsTheWeight() {
    assertThat(terms(new UpdateRules(null, 1_999L, null)).weight()).isEqualTo(1_999);
    assertThat(terms(new UpdateRules(null, 2_001L, null)).weight()).isEqualTo(2_000);
  }

  @Test
  void letsOnlyDeclaredFiniteMetricsThrough() {
    UpdateTerms terms = terms(UpdateRules.DEFAULT);
    String declared = JobSpec.TRAINING_METRICS.get(0);

    assertThat(terms.declared(Map.of(declared, 2.0, "other", 1.0)))
        .containsOnly(Map.entry(declared, 2.0));
    assertThat(terms.declared(Map.of(declared, Double.NaN))).isEmpty();
    assertThat(terms.declared(Map.of())).isEmpty();
  }

  @Test
  void refusesAnUpdateThatTheWireCannotCarry() {
    WireLimits d = TestJobs.LIMITS;
    WireLimits narrow =
        new WireLimits(
            d.maxControlFrameBytes(),
            d.maxHelloFrameBytes(),
            d.chunkBytes(),
            d.maxChunkBytes(),
            10_000,
            d.maxChunksPerBlob(),
            d.handshakeTimeoutMillis(),
            d.heartbeatIntervalMillis(),
            d.idleTimeoutMillis(),
            d.closeTimeoutMillis(),
            d.outboundHighWaterBytes(),
            d.outboundLowWaterBytes(),
            d.maxPendingControlBytes(),
            d.maxTransfersPerConnection(),
            d.maxConnections(),
            d.maxConcurrentHandshakes());

    assertThatThrownBy(() -> new UpdateTerms(TestJobs.job(), PLAN, narrow))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("10912 bytes");
  }
}
