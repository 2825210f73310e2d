package io.tributary.common.update;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.FloatRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class L2ClipTest {
  @Test
  void scalesThreeFourToTheBound() {
    // ‖(3, 4)‖ = 5; clipped to 1: (0.6, 0.8).
    float[] out = new L2Clip(1).apply(new RawUpdate(new float[] {3, 4})).delta();
    assertThat(out[0]).isCloseTo(0.6f, org.assertj.core.api.Assertions.within(1e-6f));
    assertThat(out[1]).isCloseTo(0.8f, org.assertj.core.api.Assertions.within(1e-6f));
  }

  @Test
  void leavesWhatIsWithinTheBoundUntouchedBitForBit() {
    float[] delta = {0.1f, -0.2f, 0};
    assertThat(new L2Clip(1).apply(new RawUpdate(delta.clone())).delta()).containsExactly(delta);
    assertThat(new L2Clip(1).apply(new RawUpdate(new float[3])).delta()).containsOnly(0);
  }

  @Property
  void theNormNeverExceedsTheBound(
      @ForAll @Size(min = 1, max = 200) float @FloatRange(min = -1e6f, max = 1e6f) [] delta,
      @ForAll @DoubleRange(min = 0.01, max = 1e3) double bound) {
    ClippedUpdate clipped = new L2Clip(bound).apply(new RawUpdate(delta));
    assertThat(L2Clip.norm(clipped.delta())).isLessThanOrEqualTo(bound);
    assertThat(clipped.normBound()).isEqualTo(bound);
  }

  @Test
  void refusesABoundThatIsNotOne() {
    assertThatThrownBy(() -> new L2Clip(0)).hasMessageContaining("update.clipping-norm is 0.0");
    assertThatThrownBy(() -> new L2Clip(Double.NaN)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void anInfiniteNormIsRefused() {
    assertThatThrownBy(
            () -> new L2Clip(1).apply(new RawUpdate(new float[] {Float.POSITIVE_INFINITY})))
        .isInstanceOf(UpdateRefusedException.class);
  }
}
