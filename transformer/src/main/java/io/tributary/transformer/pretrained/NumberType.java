package io.tributary.transformer.pretrained;

import io.tributary.transformer.mapping.Float16;
import java.nio.ByteBuffer;

/**
 * How a file of weights stores a number. Files also hold tensors that are no weights (position ids,
 * causal masks), so every type has its size; only the three floating ones are ever read.
 */
enum NumberType {
  /** IEEE 754 single precision. */
  FLOAT32(4, true),
  /** IEEE 754 half precision: 5 bits of exponent, 10 of fraction. */
  FLOAT16(2, true),
  /** The upper half of a single: 8 bits of exponent, 7 of fraction. */
  BFLOAT16(2, true),
  /** Eight bytes of anything else. */
  OTHER_8(8, false),
  /** Four bytes of anything else. */
  OTHER_4(4, false),
  /** Two bytes of anything else. */
  OTHER_2(2, false),
  /** One byte of anything else. */
  OTHER_1(1, false);

  private final int bytes;
  private final boolean readable;

  NumberType(int bytes, boolean readable) {
    this.bytes = bytes;
    this.readable = readable;
  }

  /** Bytes of one number. */
  int bytes() {
    return bytes;
  }

  /** Whether {@link #at} gives its value. */
  boolean readable() {
    return readable;
  }

  /** The number that begins at a byte of a little-endian buffer; exact for every type. */
  float at(ByteBuffer buffer, int index) {
    return switch (this) {
      case FLOAT32 -> buffer.getFloat(index);
      case FLOAT16 -> Float16.value(buffer.getShort(index));
      case BFLOAT16 -> Float.intBitsToFloat(buffer.getShort(index) << 16);
      default -> throw new IllegalStateException(this + " is not read");
    };
  }
}
