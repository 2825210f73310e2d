package io.tributary.coordinator.round;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeldOutLossTest {
  @Test
  void dividesTheSumByTheBytes() {
    assertThat(new HeldOutLoss(500, 200).natsPerByte()).isEqualTo(2.5);
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, -1, 1e300})
  void refusesWhatCannotBeAMeasurement(double natsTotal) {
    assertThatThrownBy(() -> new HeldOutLoss(natsTotal, 100))
        .hasMessageContaining("nats_total is " + natsTotal);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, (1L << 48) + 1})
  void refusesByteCountsOutsideTheirBounds(long byteCount) {
    assertThatThrownBy(() -> new HeldOutLoss(1, byteCount))
        .hasMessageContaining("byte_count is " + byteCount);
  }
}
