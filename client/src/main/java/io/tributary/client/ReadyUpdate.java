package io.tributary.client;

import io.tributary.common.wire.Digest;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.TaskId;
import java.nio.file.Path;
import java.util.Map;

/**
 * An update that has passed everything and is durable in the {@link Outbox}.
 *
 * @param task whose it is
 * @param job SHA-256 of the job's JSON as it was offered
 * @param model digest of the manifest of the model that it was made from
 * @param file its bytes
 * @param manifest of the file
 * @param weight examples it stands for
 * @param metrics the declared ones
 */
record ReadyUpdate(
    TaskId task,
    Digest job,
    Digest model,
    Path file,
    Manifest manifest,
    long weight,
    Map<String, Double> metrics) {
  ReadyUpdate {
    metrics = Map.copyOf(metrics);
  }
}
