package io.tributary.common.update;

/**
 * One transformation on the way out.
 *
 * @param <I> the kind of update it takes
 * @param <O> the kind it gives, and so what may follow
 */
public interface UpdateStage<I extends Update, O extends Update> {
  /**
   * Applies the stage. It may change {@code update}'s array in place.
   *
   * @throws UpdateRefusedException if the update cannot be made safe; then nothing is sent
   */
  O apply(I update);

  /** What it does and within which bound, for {@code client explain}. */
  String describe();
}
