package io.tributary.client;

import io.tributary.common.wire.Manifest;
import java.nio.file.Path;
import java.util.Map;

/**
 * An update that has passed everything and waits to be sent.
 *
 * @param file its bytes, in the home's outbox
 * @param manifest of the file
 * @param weight examples it stands for
 * @param metrics the declared ones
 */
record ReadyUpdate(Path file, Manifest manifest, long weight, Map<String, Double> metrics) {}
