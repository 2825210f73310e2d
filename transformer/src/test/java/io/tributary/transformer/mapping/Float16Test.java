package io.tributary.transformer.mapping;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Against all 65,536 halves in double arithmetic, which holds every one of them exactly. */
class Float16Test {
  private static final int INFINITY = 0x7C00;

  /** The value of a half's bits by the definition in IEEE 754. */
  private static double byDefinition(int bits) {
    int exponent = (bits >> 10) & 0x1F;
    double fraction = (bits & 0x3FF) / 1024.0;
    double magnitude =
        exponent == 0 ? fraction * Math.pow(2, -14) : (1 + fraction) * Math.pow(2, exponent - 15);
    return (bits & 0x8000) == 0 ? magnitude : -magnitude;
  }

  @Test
  void everyHalfHasItsValueAndComesBack() {
    for (int bits = 0; bits < 1 << 16; bits++) {
      float value = Float16.value((short) bits);
      if ((bits & INFINITY) == INFINITY) {
        assertThat(Float.isFinite(value)).isFalse();
        assertThat(Float.isNaN(value)).isEqualTo((bits & 0x3FF) != 0);
      } else {
        assertThat((double) value).isEqualTo(byDefinition(bits));
        assertThat(Float16.nearest(value) & 0xFFFF).isEqualTo(bits);
      }
    }
    assertThat(Float16.MAX_VALUE).isEqualTo(Float16.value((short) (INFINITY - 1)));
  }

  /** All floats, by their bits: uniform in exponents. */
  @Property(tries = 20_000)
  void roundsToTheNearestOfTiesToTheEvenOne(@ForAll int bits) {
    requireNearest(Float.intBitsToFloat(bits));
  }

  /** Around the middle of two neighbouring halves, where rounding is decided. */
  @Property(tries = 20_000)
  void roundsRightAroundTies(@ForAll short bits) {
    int magnitude = bits & 0x7FFF;
    if (magnitude < INFINITY - 1) {
      float middle = (float) ((byDefinition(magnitude) + byDefinition(magnitude + 1)) / 2);
      for (float value : new float[] {middle, Math.nextUp(middle), Math.nextDown(middle)}) {
        requireNearest(value);
        requireNearest(-value);
      }
    }
  }

  private static void requireNearest(float value) {
    int half = Float16.nearest(value) & 0xFFFF;
    if (Float.isNaN(value)) {
      assertThat(half & 0x7FFF).isGreaterThan(INFINITY);
      return;
    }
    assertThat(half >> 15).as("sign").isEqualTo(Float.floatToRawIntBits(value) >>> 31);
    int magnitude = half & 0x7FFF;
    // What would be the next half after the largest stands in for infinity.
    double rounded = byDefinition(magnitude);
    double distance = Math.abs(Math.abs((double) value) - rounded);
    if (magnitude < INFINITY) {
      double up = byDefinition(magnitude + 1) - Math.abs((double) value);
      assertThat(magnitude % 2 == 0 ? distance <= up : distance < up).isTrue();
    }
    if (magnitude > 0) {
      double down = Math.abs((double) value) - byDefinition(magnitude - 1);
      boolean nearer = magnitude % 2 == 0 ? distance <= down : distance < down;
      assertThat(nearer || (magnitude == INFINITY && Math.abs(value) >= 65_520f)).isTrue();
    }
  }
}
