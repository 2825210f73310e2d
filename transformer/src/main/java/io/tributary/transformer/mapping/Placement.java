package io.tributary.transformer.mapping;

/**
 * Where the values of a stored matrix stand in a flat vector: the value in row r and column c at
 * {@code offset + r · rowStep + c · columnStep}.
 *
 * <p>One rule for all that an import or export does to a matrix: take it as it is, transpose it, or
 * make it some columns of a wider one.
 *
 * @param offset place of the first value
 * @param rows as stored
 * @param columns as stored
 * @param rowStep from a value to the one in the next row
 * @param columnStep from a value to the one in the next column
 */
public record Placement(int offset, int rows, int columns, int rowStep, int columnStep) {

  /** A vector, to consecutive places. */
  public static Placement vector(int offset, int length) {
    return new Placement(offset, 1, length, length, 1);
  }

  /** A matrix stored as (rows, columns), kept so, as some columns of a matrix of a width. */
  public static Placement columns(int offset, int rows, int columns, int width) {
    return new Placement(offset, rows, columns, width, 1);
  }

  /**
   * A matrix stored as (out, in), to become (in, out), as some columns of a matrix of a width.
   *
   * @param out rows as stored
   * @param in columns as stored
   */
  public static Placement transposed(int offset, int out, int in, int width) {
    return new Placement(offset, out, in, 1, width);
  }

  /** Place of a value. */
  public int at(int row, int column) {
    return offset + row * rowStep + column * columnStep;
  }

  /** How many values it places. */
  public long size() {
    return (long) rows * columns;
  }

  /** The highest place; checked against the vector before anything is written. */
  public long last() {
    return offset + (rows - 1L) * rowStep + (columns - 1L) * columnStep;
  }
}
