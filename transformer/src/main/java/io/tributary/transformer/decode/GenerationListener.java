package io.tributary.transformer.decode;

/** Gets texts while they grow. */
@FunctionalInterface
public interface GenerationListener {
  /**
   * A text grew.
   *
   * @param prompt index of its prompt
   * @param piece one or more whole characters
   */
  void grown(int prompt, String piece);

  /** Nobody listens. */
  static GenerationListener none() {
    return (prompt, piece) -> {};
  }
}
