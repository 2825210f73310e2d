package io.tributary.client.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RestartsTest {
  @Test
  void waitsNotAtAllThenDoublesUpToItsBound() {
    Restarts restarts = new Restarts();
    List<Long> waits = new ArrayList<>();
    for (int i = 0; i < 80; i++) {
      waits.add(restarts.waitMillis(0));
      restarts.failed(0);
    }
    assertThat(waits.subList(0, 9))
        .containsExactly(0L, 0L, 1_000L, 2_000L, 4_000L, 8_000L, 16_000L, 32_000L, 60_000L);
    assertThat(waits.subList(9, 80)).containsOnly(60_000L);
  }

  @Test
  void forgetsFailuresWithTheFirstSuccess() {
    Restarts restarts = new Restarts();
    restarts.failed(0);
    restarts.failed(0);
    assertThat(restarts.waitMillis(TimeUnit.MILLISECONDS.toNanos(400))).isEqualTo(600);
    restarts.succeeded();
    assertThat(restarts.waitMillis(0)).isZero();
    assertThat(restarts.failures()).isZero();
  }
}
