package io.tributary.coordinator.fold;

import java.nio.file.Path;

/**
 * One accepted update on disk.
 *
 * @param update little-endian floats over the trainable tensors in layout order
 * @param weight of the update, at least 1
 */
public record FoldInput(Path update, long weight) {}
