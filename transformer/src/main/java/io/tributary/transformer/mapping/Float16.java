package io.tributary.transformer.mapping;

/**
 * IEEE 754 half precision: a sign, 5 bits of exponent, 10 of fraction. Java has it from version 20
 * on; this program runs on 17.
 */
public final class Float16 {
  /** The largest finite value. */
  public static final float MAX_VALUE = 65_504f;

  /** From here on the nearest half is infinite: halfway between the largest and the next. */
  private static final int OVERFLOW = Float.floatToRawIntBits(65_520f);

  /** Below this, 2^-14, halves have no leading 1. */
  private static final int LEAST_NORMAL = Float.floatToRawIntBits(0x1p-14f);

  private static final int INFINITY = 0x7C00;
  private static final int QUIET_NAN = 0x7E00;
  private static final int DROPPED_BITS = 13;
  private static final int REBIAS = (127 - 15) << 23;

  private Float16() {}

  /** The value of a half; exact. */
  public static float value(short bits) {
    int sign = (bits & 0x8000) << 16;
    int exponent = (bits >> 10) & 0x1F;
    int fraction = bits & 0x3FF;
    if (exponent == 0) { // zero or subnormal: fraction · 2^-24
      float magnitude = fraction * 0x1p-24f;
      return sign == 0 ? magnitude : -magnitude;
    }
    int wide = exponent == 0x1F ? 0xFF : exponent - 15 + 127;
    return Float.intBitsToFloat(sign | (wide << 23) | (fraction << DROPPED_BITS));
  }

  /** The nearest half, of two equally near ones the even one; infinite beyond the largest. */
  public static short nearest(float value) {
    int bits = Float.floatToRawIntBits(value);
    int sign = (bits >>> 16) & 0x8000;
    int magnitude = bits & 0x7FFF_FFFF;
    return (short) (sign | ofMagnitude(magnitude));
  }

  private static int ofMagnitude(int magnitude) {
    if (magnitude > Float.floatToRawIntBits(Float.POSITIVE_INFINITY)) {
      return QUIET_NAN;
    } else if (magnitude >= OVERFLOW) {
      return INFINITY;
    } else if (magnitude >= LEAST_NORMAL) {
      // A carry out of the fraction raises the exponent by one, which is right.
      return shiftedToEven(magnitude - REBIAS, DROPPED_BITS);
    }
    int significand = (magnitude & 0x7F_FFFF) | 0x80_0000;
    int shift = 126 - (magnitude >>> 23); // so that the last bit is worth 2^-24
    return shift > 24 ? 0 : shiftedToEven(significand, shift);
  }

  private static int shiftedToEven(int bits, int shift) {
    int half = 1 << (shift - 1);
    int odd = (bits >>> shift) & 1;
    return (bits + half - 1 + odd) >>> shift;
  }

  /** The value after it went through a half. */
  public static float rounded(float value) {
    return value(nearest(value));
  }
}
