package io.tributary.coordinator.ledger;

import io.tributary.common.wire.v1.SignedStatement;

/**
 * Everything that changes when a round's model becomes the head, in one transaction: the attempt is
 * PUBLISHED, its COMMITTED uploads are FOLDED, the head moves, the log grows by one entry.
 *
 * @param runId the run
 * @param round from 1
 * @param attempt a CLOSED one
 * @param model the new head; its blob is durable already
 * @param entry of the transparency log, its sequence is the round
 */
public record Publication(
    String runId, int round, int attempt, ModelRow model, SignedStatement entry) {}
