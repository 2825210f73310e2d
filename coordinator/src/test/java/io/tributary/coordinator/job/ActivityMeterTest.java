package io.tributary.coordinator.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.common.tls.SiteName;
import org.junit.jupiter.api.Test;

class ActivityMeterTest {
  private static final SiteName A = new SiteName("a");
  private static final SiteName B = new SiteName("b");

  private final ActivityMeter meter = new ActivityMeter();

  @Test
  void measuresTheUnionOfOverlappingIntervals() {
    meter.started(A, 100);
    meter.started(B, 150);
    meter.stopped(A, 200);
    meter.stopped(B, 300);
    meter.started(A, 1_000);
    meter.stopped(A, 1_010);
    assertThat(meter.busyMillis(5_000)).isEqualTo(210);
  }

  @Test
  void countsAnOpenIntervalUpToNow() {
    meter.started(A, 100);
    assertThat(meter.busyMillis(130)).isEqualTo(30);
  }

  @Test
  void repeatedStartsAndStrayStopsChangeNothing() {
    meter.stopped(B, 50);
    meter.started(A, 100);
    meter.started(A, 140);
    meter.stopAll(150);
    meter.stopped(A, 900);
    assertThat(meter.busyMillis(1_000)).isEqualTo(50);
  }
}
