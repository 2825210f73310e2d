package io.tributary.common.update;

/**
 * What training gave, unbounded.
 *
 * @param delta new weights minus old, over trainable tensors in layout order; owned by the pipeline
 *     from here on, and changed in place by its stages
 */
@SuppressWarnings("ArrayRecordComponent") // a record of one big array, compared by nobody
public record RawUpdate(float[] delta) implements Update {}
