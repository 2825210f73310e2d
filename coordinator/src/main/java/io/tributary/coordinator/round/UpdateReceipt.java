package io.tributary.coordinator.round;

/**
 * What a site is told when its update is durable, and what it is told again when it asks again.
 *
 * @param updateDigest SHA-256 of the update's manifest, in hex
 * @param weight number of examples the site trained on, at least 1
 */
public record UpdateReceipt(String updateDigest, long weight) {
  /** Checks the weight. */
  public UpdateReceipt {
    if (updateDigest.isBlank() || weight < 1) {
      throw new IllegalArgumentException(
          "update digest is \"" + updateDigest + "\" and weight " + weight + ": both are needed");
    }
  }
}
