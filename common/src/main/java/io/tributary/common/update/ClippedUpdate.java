package io.tributary.common.update;

/**
 * An update whose L2 norm is at most {@code normBound}: what noise must be scaled by.
 *
 * @param delta the values, over trainable tensors in layout order
 * @param normBound the clipping norm that holds
 */
@SuppressWarnings("ArrayRecordComponent") // a record of one big array, compared by nobody
public record ClippedUpdate(float[] delta, double normBound) implements Update {}
