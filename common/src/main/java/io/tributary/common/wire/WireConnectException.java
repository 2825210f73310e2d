package io.tributary.common.wire;

import io.tributary.common.wire.v1.RefusalCode;
import java.io.IOException;
import java.util.Objects;
import java.util.Optional;

/** Why a connection never opened, in one line that can be shown to the user as it is. */
public final class WireConnectException extends IOException {
  private static final long serialVersionUID = 1L;

  private final RefusalCode refusal; // null when no refusal was sent or received

  WireConnectException(String message, RefusalCode refusal) {
    super(Objects.requireNonNull(message, "message"));
    this.refusal = refusal;
  }

  /** Returns the code of the refusal that ended it, if a refusal did. */
  public Optional<RefusalCode> refusal() {
    return Optional.ofNullable(refusal);
  }

  /**
   * Tells whether trying again may help without anybody changing software or certificates: not
   * after an incompatible version or a wrong identity.
   */
  public boolean mayPass() {
    return refusal != RefusalCode.REFUSAL_CODE_INCOMPATIBLE_VERSION
        && refusal != RefusalCode.REFUSAL_CODE_IDENTITY;
  }
}
