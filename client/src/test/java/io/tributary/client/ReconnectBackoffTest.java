package io.tributary.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class ReconnectBackoffTest {
  private static final ReconnectBounds BOUNDS = new ReconnectBounds(100L, 1_000L);

  private final MutableClock clock = new MutableClock();

  @Test
  void waitsBetweenHalfAndAllOfADoublingBoundedCeiling() {
    for (int seed = 0; seed < 200; seed++) {
      ReconnectBackoff backoff = new ReconnectBackoff(BOUNDS, clock, seed);
      for (long ceiling : new long[] {100, 200, 400, 800, 1_000, 1_000, 1_000}) {
        assertThat(backoff.closedOrFailed()).isBetween(ceiling / 2, ceiling);
      }
    }
  }

  @Test
  void neverOverflowsHoweverOftenItFails() {
    ReconnectBackoff backoff = new ReconnectBackoff(new ReconnectBounds(10L, 3_600_000L), clock, 1);
    for (int i = 0; i < 10_000; i++) {
      assertThat(backoff.closedOrFailed()).isBetween(5L, 3_600_000L);
    }
  }

  @Test
  void spreadsSites() {
    Set<Long> waits = new HashSet<>();
    for (int seed = 0; seed < 100; seed++) {
      waits.add(new ReconnectBackoff(BOUNDS, clock, seed).closedOrFailed());
    }
    assertThat(waits).hasSizeGreaterThan(25);
  }

  @Test
  void startsAnewAfterAStableConnection() {
    ReconnectBackoff backoff = failedTimes(5);
    backoff.opened();
    clock.advance(ReconnectBackoff.STABLE_MILLIS);

    assertThat(backoff.closedOrFailed()).isLessThanOrEqualTo(100);
  }

  @Test
  void startsAnewAfterATask() {
    ReconnectBackoff backoff = failedTimes(5);
    backoff.opened();
    backoff.succeeded();

    assertThat(backoff.closedOrFailed()).isLessThanOrEqualTo(100);
  }

  @Test
  void goesOnGrowingWhenConnectionsAreClosedAtOnce() {
    ReconnectBackoff backoff = failedTimes(5);
    backoff.opened();
    clock.advance(ReconnectBackoff.STABLE_MILLIS - 1);

    assertThat(backoff.closedOrFailed()).isGreaterThanOrEqualTo(500);
  }

  @Test
  void refusesBoundsOutOfOrder() {
    assertThatThrownBy(() -> new ReconnectBounds(500L, 499L))
        .hasMessageContaining("reconnect.longest-millis is 499")
        .hasMessageContaining("500");
    assertThatThrownBy(() -> new ReconnectBounds(9L, null))
        .hasMessageContaining("reconnect.first-millis is 9 but must be 10 to 3600000");
    assertThat(new ReconnectBounds(60_000L, null).longestMillis()).isEqualTo(60_000);
  }

  private ReconnectBackoff failedTimes(int times) {
    ReconnectBackoff backoff = new ReconnectBackoff(BOUNDS, clock, 3);
    for (int i = 0; i < times; i++) {
      assertThat(backoff.closedOrFailed()).isPositive();
    }
    return backoff;
  }
}
