package io.tributary.coordinator.fold;

/**
 * One accepted update.
 *
 * @param update little-endian floats over the trainable tensors in layout order
 * @param weight of the update, at least 1
 */
public record FoldInput(UpdateSource update, long weight) {}
