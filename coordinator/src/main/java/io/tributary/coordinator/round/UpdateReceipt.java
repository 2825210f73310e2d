package io.tributary.coordinator.round;

import io.tributary.common.wire.v1.SignedStatement;
import java.util.Objects;

/**
 * What a site is told when its update is durable, and what it is told again when it asks again.
 *
 * @param updateDigest SHA-256 of the update's manifest, in hex
 * @param weight number of examples the site trained on, at least 1
 * @param statement the same, signed; a value that the machine carries and never looks into
 */
public record UpdateReceipt(String updateDigest, long weight, SignedStatement statement) {
  /** Checks the weight. */
  public UpdateReceipt {
    if (updateDigest.isBlank() || weight < 1) {
      throw new IllegalArgumentException(
          "update digest is \"" + updateDigest + "\" and weight " + weight + ": both are needed");
    }
    Objects.requireNonNull(statement, "statement");
  }
}
