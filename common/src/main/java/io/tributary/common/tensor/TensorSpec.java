package io.tributary.common.tensor;

import java.util.List;

/**
 * One named tensor's place in a flat parameter vector.
 *
 * <p>Values lie at {@code offset .. offset + size() - 1} in row-major (C) order, so that a tensor
 * of shape (a, b) has its element (i, j) at {@code offset + i * b + j}.
 *
 * @param name dotted path, unique in its layout, such as {@code layer.0.attention.norm.gain}
 * @param shape dimensions, each at least 1
 * @param offset index of the first value in the flat vector
 * @param trainable whether training may change it and updates carry it
 * @param initializer how its first values are made
 */
public record TensorSpec(
    String name, List<Integer> shape, long offset, boolean trainable, Initializer initializer) {

  /** Checks each part by itself; how parts fit together is checked by {@link Layout}. */
  public TensorSpec {
    if (name == null || name.isBlank()) {
      throw new IllegalArgumentException("tensor name is blank: every tensor needs a name");
    }
    if (initializer == null) {
      throw new IllegalArgumentException("tensor " + name + " has no initializer");
    }
    if (shape == null || shape.isEmpty()) {
      throw new IllegalArgumentException("tensor " + name + " has no shape: give one dimension");
    }
    shape = List.copyOf(shape);
    long size = 1;
    for (int dimension : shape) {
      if (dimension < 1) {
        throw new IllegalArgumentException(
            "tensor " + name + " has shape " + shape + ": every dimension must be at least 1");
      }
      size *= dimension;
      if (size > Integer.MAX_VALUE) {
        throw new IllegalArgumentException(
            "tensor " + name + " has shape " + shape + ": at most 2147483647 values are possible");
      }
    }
    if (offset < 0) {
      throw new IllegalArgumentException(
          "tensor " + name + " has offset " + offset + ": it must not be negative");
    }
  }

  /** Number of values. */
  public int size() {
    int size = 1;
    for (int dimension : shape) {
      size *= dimension;
    }
    return size;
  }

  /** Index after the last value in the flat vector. */
  public long end() {
    return offset + size();
  }
}
