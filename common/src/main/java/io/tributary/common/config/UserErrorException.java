package io.tributary.common.config;

import java.util.Objects;

/**
 * What went wrong for a reason the user can act on: a bad key in a file, a missing certificate, a
 * home already in use.
 *
 * <p>Every module throws it; only the command line catches it, prints the message alone (never a
 * stack trace) and leaves with {@link Kind#exitCode()}. So the message must stand by itself: name,
 * value, bound, and what to do.
 */
public final class UserErrorException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** How the process ends; the numbers are part of the command line's contract. */
  public enum Kind {
    /** The attempt was right but did not succeed: a file cannot be read, a port is taken. */
    FAILED(1),
    /** The request itself is wrong: an unknown key, a value outside its bounds. */
    USAGE(2),
    /** A policy says no: a file would be overwritten, a home is in use. */
    REFUSED(3);

    private final int exitCode;

    Kind(int exitCode) {
      this.exitCode = exitCode;
    }

    /** Returns the exit code of a process that ends for this reason. */
    public int exitCode() {
      return exitCode;
    }
  }

  private final Kind kind;

  /** Makes an error with a message that is printed alone. */
  public UserErrorException(Kind kind, String message) {
    this(kind, message, null);
  }

  /** Makes an error with a message that is printed alone and a cause for the debug log only. */
  public UserErrorException(Kind kind, String message, Throwable cause) {
    super(Objects.requireNonNull(message, "message"), cause);
    this.kind = Objects.requireNonNull(kind, "kind");
  }

  /** Returns how the process should end. */
  public Kind kind() {
    return kind;
  }
}
