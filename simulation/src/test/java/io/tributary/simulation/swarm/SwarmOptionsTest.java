package io.tributary.simulation.swarm;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SwarmOptionsTest {
  @Test
  void warmsUpForFourGigabytesWithinItsBounds() {
    assertThat(SwarmOptions.usualWarmup(8, 1_000_000)).isEqualTo(125);
    assertThat(SwarmOptions.usualWarmup(100, 1_000_000)).isEqualTo(10);
    assertThat(SwarmOptions.usualWarmup(2, 1_000_000)).isEqualTo(200);
    assertThat(SwarmOptions.usualWarmup(2, 600_000_000)).isEqualTo(1);
  }
}
