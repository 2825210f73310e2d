package io.tributary.common.wire;

import io.tributary.common.wire.v1.RefusalCode;
import java.util.Objects;

/**
 * The peer broke a rule of the site protocol: a malformed frame, a size over its bound, a chunk
 * that does not match its digest.
 *
 * <p>Thrown by everything that reads what a peer sent, and by listeners. The connection turns it
 * into a {@code Refusal} with this code and message and closes; nobody else is touched. The message
 * goes to the peer, so it must never quote data or paths of this side.
 */
public final class ProtocolException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final RefusalCode code;

  /** Makes a violation of the protocol's form: code {@code REFUSAL_CODE_PROTOCOL_ERROR}. */
  public ProtocolException(String message) {
    this(RefusalCode.REFUSAL_CODE_PROTOCOL_ERROR, message);
  }

  /** Makes a violation with the code that the peer is told. */
  public ProtocolException(RefusalCode code, String message) {
    super(Objects.requireNonNull(message, "message"));
    this.code = Objects.requireNonNull(code, "code");
  }

  /** Makes a violation of the protocol's form with what uncovered it, for the debug log only. */
  public ProtocolException(String message, Throwable cause) {
    super(Objects.requireNonNull(message, "message"), cause);
    this.code = RefusalCode.REFUSAL_CODE_PROTOCOL_ERROR;
  }

  /** Returns the code that the peer is told. */
  public RefusalCode code() {
    return code;
  }
}
