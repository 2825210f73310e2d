package io.tributary.coordinator.fold;

import io.tributary.common.wire.Digest;
import java.util.Comparator;

/**
 * One accepted update.
 *
 * @param update little-endian floats over the trainable tensors in layout order
 * @param weight of the update, at least 1
 * @param digest of its manifest: what its receipt and the log name it by
 */
public record FoldInput(UpdateSource update, long weight, Digest digest) {
  /** Equal for updates that are the same in every bit that counts. */
  static final Comparator<FoldInput> CANONICAL =
      Comparator.comparing(FoldInput::digest).thenComparingLong(FoldInput::weight);
}
