package io.tributary.coordinator.job;

import io.tributary.common.wire.Manifest;
import java.nio.file.Path;

/**
 * A published model: immutable, so a site may fetch it while the next is being made.
 *
 * @param round rounds of training in it
 * @param digest SHA-256 of the weights, in hex
 * @param weights little-endian floats in layout order
 * @param manifest what sites are offered
 */
public record ModelReference(int round, String digest, Path weights, Manifest manifest) {}
