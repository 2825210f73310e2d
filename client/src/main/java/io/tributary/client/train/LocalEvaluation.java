package io.tributary.client.train;

/**
 * A judgement of a model on held-out text.
 *
 * @param natsTotal sum of the negative log-likelihoods of all predicted bytes
 * @param byteCount how many bytes were predicted
 */
public record LocalEvaluation(double natsTotal, long byteCount) {}
