package io.tributary.transformer.export;

/** How numbers are written. */
public enum WeightType {
  /** As they are. */
  F32(Float.BYTES),
  /** The nearest half: half the size, three decimal digits. */
  F16(Short.BYTES);

  private final int bytes;

  WeightType(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes of a number. */
  int bytes() {
    return bytes;
  }
}
