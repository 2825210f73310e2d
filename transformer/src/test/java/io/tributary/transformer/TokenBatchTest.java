package io.tributary.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TokenBatchTest {
  private final TokenBatch batch = new TokenBatch(2, 3);

  @Test
  void windowIsShiftedByOneAndBytesAreUnsigned() {
    batch.setWindow(1, new byte[] {9, 1, (byte) 200, 3, 4}, 1, 4);
    assertThat(new int[] {batch.input(3), batch.input(4), batch.input(5)})
        .containsExactly(1, 200, 3);
    assertThat(new int[] {batch.target(3), batch.target(4), batch.target(5)})
        .containsExactly(200, 3, 4);
    assertThat(batch.targetCount()).isEqualTo(3);
  }

  @Test
  void shortWindowLeavesNoTraceOfALongerOne() {
    batch.setWindow(0, new byte[] {1, 2, 3, 4}, 0, 4);
    batch.setWindow(0, new byte[] {5, 6}, 0, 2);
    assertThat(batch.targetCount()).isEqualTo(1);
    assertThat(batch.target(0)).isEqualTo(6);
    assertThat(batch.target(1)).isEqualTo(TokenBatch.NO_TARGET);
    assertThat(batch.input(1)).isZero();
  }

  @Test
  void tooLongWindowAndBadShapeAreRefused() {
    assertThatThrownBy(() -> batch.setWindow(0, new byte[9], 0, 5))
        .hasMessage("window has 5 tokens but the context takes 4");
    assertThatThrownBy(() -> new TokenBatch(0, 3)).hasMessageContaining("(0, 3)");
  }
}
