package io.tributary.transformer.pretrained;

import java.util.List;

/**
 * Where a file keeps a tensor.
 *
 * @param type how its numbers are stored
 * @param typeName what the file calls the type, for messages
 * @param shape dimensions; none for a single number
 * @param offset its first byte in the file
 */
record StoredTensor(NumberType type, String typeName, List<Long> shape, long offset) {
  StoredTensor {
    shape = List.copyOf(shape);
  }

  /** Number of values; the readers have checked that the bytes fit into the file. */
  long size() {
    long size = 1;
    for (long dimension : shape) {
      size *= dimension;
    }
    return size;
  }

  /**
   * Bytes of a shape, or -1 if no file could hold them.
   *
   * @param shape non-negative dimensions
   */
  static long bytesOf(NumberType type, List<Long> shape) {
    long bytes = type.bytes();
    try {
      for (long dimension : shape) {
        bytes = Math.multiplyExact(bytes, dimension);
      }
      return bytes;
    } catch (ArithmeticException e) {
      return -1;
    }
  }
}
