package io.tributary.transformer.mapping;

/**
 * Hears which tensor of another library's file is which of ours. The families' tables ({@link
 * LlamaTensors}, {@link Gpt2Tensors}, {@link BertTensors}) are written once against this interface:
 * an import reads each of theirs to its place, an export writes each from there, so that the two
 * cannot drift apart.
 */
public interface TensorMapping {

  /**
   * A vector as it is.
   *
   * @param theirs name in the file
   * @param ours name in the layout
   * @param start its first element in ours
   * @param length its elements
   */
  void vector(String theirs, String ours, int start, int length);

  /** A whole vector as it is. */
  void vector(String theirs, String ours);

  /**
   * A matrix that is some columns of ours.
   *
   * @param firstColumn the first of them
   * @param columns how many
   * @param transposed whether theirs is (out, in); ours is (in, out)
   */
  void matrix(String theirs, String ours, int firstColumn, int columns, boolean transposed);

  /** A whole matrix. */
  void matrix(String theirs, String ours, boolean transposed);

  /** A matrix of which theirs may have more rows than ours, that follow. */
  void rows(String theirs, String ours);

  /**
   * A matrix whose first row theirs adds to every row of ours.
   *
   * @param count rows that theirs has
   */
  void firstRowAdded(String theirs, String ours, int count);
}
