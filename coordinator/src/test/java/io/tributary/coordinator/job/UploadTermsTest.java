package io.tributary.coordinator.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.common.job.JobSpec;
import io.tributary.common.wire.Manifest;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class UploadTermsTest {
  private static final JobSpec JOB = World.job(1, World.rules(1, 1, 1));
  private final UploadTerms terms = new UploadTerms(JOB);

  private static Manifest manifest(int values) {
    return Manifest.of(World.delta(values, 0), 256);
  }

  private static int values() {
    return JOB.model().config().layout().trainableCount();
  }

  private Optional<String> violation(int values, long weight, Map<String, Double> metrics) {
    return terms.violation(manifest(values), weight, metrics);
  }

  @Test
  void takesExactlyTheShapeAndWeightsWithinTheirBounds() {
    assertThat(violation(values(), 1, Map.of())).isEmpty();
    assertThat(violation(values(), 1_000, Map.of("training-loss-nats-per-token", 1.0))).isEmpty();
    assertThat(violation(values() - 1, 1, Map.of()).orElseThrow()).contains("update has");
    assertThat(violation(values(), 0, Map.of())).contains(weightMessage("0"));
    assertThat(violation(values(), 1_001, Map.of())).contains(weightMessage("1001"));
  }

  @Test
  void readsAWeightBeyondLongAsTheHugeNumberItIs() {
    assertThat(violation(values(), -1, Map.of())).contains(weightMessage("18446744073709551615"));
  }

  @Test
  void takesNoChunksThatCutAValue() {
    Manifest cut = Manifest.of(World.delta(values(), 0), 254);
    assertThat(terms.violation(cut, 1, Map.of()).orElseThrow())
        .contains("chunks of 254 bytes, which cut values of 4");
  }

  @Test
  void takesNoMetricThatTheJobDoesNotDeclare() {
    assertThat(violation(values(), 1, Map.of("patients", 3.0)).orElseThrow())
        .contains("metric \"patients\" is not declared");
    assertThat(
            violation(values(), 1, Map.of("training-loss-nats-per-token", Double.NaN))
                .orElseThrow())
        .contains("must be finite");
  }

  private static String weightMessage(String weight) {
    return "weight is " + weight + " but must be 1 to update.max-weight, 1000";
  }
}
