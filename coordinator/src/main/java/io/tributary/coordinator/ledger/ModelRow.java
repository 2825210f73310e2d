package io.tributary.coordinator.ledger;

import java.util.Optional;

/**
 * A published model of a run.
 *
 * @param round rounds of training in it; 0 is the initial model
 * @param digest SHA-256 of the weights, in hex; the blob's name
 * @param optimizerState SHA-256 of the server optimizer's state after this round, in hex; none for
 *     plain averaging
 */
public record ModelRow(int round, String digest, Optional<String> optimizerState) {}
