package io.tributary.coordinator.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class HkdfTest {
  private static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits);
  }

  private static byte[] range(int from, int to) {
    byte[] bytes = new byte[to - from];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (from + i);
    }
    return bytes;
  }

  private static byte[] repeated(int value, int count) {
    byte[] bytes = new byte[count];
    java.util.Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  @Test
  void givesWhatTheStandardsFirstVectorSays() {
    assertThat(Hkdf.derive(repeated(0x0b, 22), range(0, 13), range(0xf0, 0xfa), 42))
        .isEqualTo(
            hex(
                "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"));
  }

  @Test
  void givesWhatTheStandardsVectorOfLongInputsSays() {
    assertThat(Hkdf.derive(range(0, 0x50), range(0x60, 0xb0), range(0xb0, 0x100), 82))
        .isEqualTo(
            hex(
                "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
                    + "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
                    + "cc30c58179ec3e87c14c01d5c1f3434f1d87"));
  }

  @Test
  void givesWhatTheStandardsVectorWithoutSaltAndInfoSays() {
    assertThat(Hkdf.derive(repeated(0x0b, 22), new byte[0], new byte[0], 42))
        .isEqualTo(
            hex(
                "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"));
  }

  @Test
  void refusesLengthsThatItCannotGive() {
    byte[] nothing = new byte[0];
    assertThatThrownBy(() -> Hkdf.derive(nothing, nothing, nothing, 255 * 32 + 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Hkdf.derive(nothing, nothing, nothing, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
