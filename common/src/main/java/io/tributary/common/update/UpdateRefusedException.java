package io.tributary.common.update;

/** A stage could not make the update safe: the site sends a refusal with this reason instead. */
public final class UpdateRefusedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Makes a refusal with a reason that may be told to the coordinator: no data, no parameters. */
  public UpdateRefusedException(String message) {
    super(message);
  }
}
