package io.tributary.transformer;

/**
 * What one local training task produced.
 *
 * @param parameters the trained flat vector
 * @param examples training windows of the corpus, the weight of the update; the same whatever the
 *     number of epochs
 * @param steps optimizer steps taken
 * @param meanLossNats mean over steps of the batches' loss, in nats per byte
 */
@SuppressWarnings("ArrayRecordComponent") // A model's parameters: handed over, never compared.
public record TrainingResult(float[] parameters, long examples, int steps, double meanLossNats) {}
