package io.tributary.transformer;

/** Training met a loss that is no number: the step size is too large for this model and text. */
public final class TrainingDivergedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Names the step. */
  public TrainingDivergedException(int step, double loss) {
    super("loss is " + loss + " at step " + step + ": lower local.learning-rate");
  }
}
