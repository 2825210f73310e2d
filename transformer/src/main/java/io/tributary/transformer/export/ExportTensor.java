package io.tributary.transformer.export;

import java.util.List;

/**
 * A tensor of a file that is to be written. Its values are asked for row by row, so that no second
 * copy of the model is ever in memory.
 *
 * @param name in the file
 * @param shape one or two dimensions
 * @param source gives the rows; a vector is one row
 */
record ExportTensor(String name, List<Integer> shape, RowSource source) {
  ExportTensor {
    shape = List.copyOf(shape);
  }

  /** Gives rows of values. */
  interface RowSource {
    /**
     * Gives one row.
     *
     * @param into gets {@link ExportTensor#columns} values
     */
    void read(int row, float[] into);
  }

  /** Number of rows. */
  int rows() {
    return shape.size() == 1 ? 1 : shape.get(0);
  }

  /** Values of a row. */
  int columns() {
    return shape.get(shape.size() - 1);
  }

  /** Values of all rows. */
  long size() {
    return (long) rows() * columns();
  }

  /** The same under another name. */
  ExportTensor named(String other) {
    return new ExportTensor(other, shape, source);
  }

  /** As many rows, read from other places: row i from {@code order[i]}. */
  ExportTensor reordered(int[] order) {
    return new ExportTensor(name, shape, (row, into) -> source.read(order[row], into));
  }
}
