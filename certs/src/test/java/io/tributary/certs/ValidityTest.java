package io.tributary.certs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.UserErrorException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ValidityTest {
  @Test
  void defaultsToTenYearsAndThirteenMonths() {
    assertThat(Validity.DEFAULT.root()).isEqualTo(Duration.ofDays(3650));
    assertThat(Validity.DEFAULT.leaf()).isEqualTo(Duration.ofDays(397));
  }

  @Test
  void refusesPeriodsOutsideTheBounds() {
    assertThatThrownBy(() -> new Validity(Duration.ofDays(1), Duration.ofSeconds(59)))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("at least one minute");
    assertThatThrownBy(() -> new Validity(Duration.ofDays(1), Duration.ofDays(2)))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("root validity is PT24H");
    assertThatThrownBy(() -> new Validity(Duration.ofDays(36_501), Duration.ofDays(2)))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("at most 36500 days");
  }
}
