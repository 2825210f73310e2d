package io.tributary.common.wire;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SendingBudgetTest {
  private final SendingBudget budget = new SendingBudget(1000);

  @Test
  void allowsEveryConnectionOneChunkAndMoreOnlyWithinTheBudget() {
    budget.written(999);
    assertThat(budget.allows(500)).isTrue();
    budget.written(1);
    assertThat(budget.allows(500)).isFalse();
    assertThat(budget.allows(0)).isTrue();
    budget.gone(1);
    assertThat(budget.allows(500)).isTrue();
    assertThat(budget.bytesInFlight()).isEqualTo(999);
  }
}
