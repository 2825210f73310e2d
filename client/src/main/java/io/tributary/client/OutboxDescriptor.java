package io.tributary.client;

import io.tributary.common.config.ConfigReader;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.wire.Digest;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.WireLimits;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;

/**
 * What stands beside an update in the {@link Outbox}: everything that its upload needs, so that a
 * site that starts again need not train again.
 *
 * <p>On disk it is one line with the SHA-256 of the rest, then canonical JSON: a descriptor in
 * which one bit has turned is not believed.
 *
 * @param format 1
 * @param run run id of the task
 * @param round of the task
 * @param attempt of the task
 * @param jobDigest SHA-256 of the job's JSON as it was offered
 * @param modelDigest digest of the model's manifest
 * @param updateBytes length of the update
 * @param chunkBytes of the update's manifest
 * @param updateDigest digest of the update's manifest
 * @param weight examples it stands for
 * @param metrics the declared ones
 */
record OutboxDescriptor(
    Integer format,
    String run,
    Integer round,
    Integer attempt,
    String jobDigest,
    String modelDigest,
    Long updateBytes,
    Integer chunkBytes,
    String updateDigest,
    Long weight,
    Map<String, Double> metrics) {
  /** Longest descriptor that is read; real ones have half a kilobyte. */
  static final int MAX_BYTES = 64 * 1024;

  private static final int FORMAT = 1;
  private static final int SEAL_BYTES = 2 * Digest.BYTES + 1; // hexadecimal digits, end of line

  /** An entry of the outbox is not to be believed; the message says why. */
  static final class DamagedException extends Exception {
    private static final long serialVersionUID = 1L;

    DamagedException(String message) {
      super(message);
    }

    DamagedException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /** Checks every part. */
  OutboxDescriptor {
    required(format, run, round, attempt, jobDigest, modelDigest, updateBytes, chunkBytes);
    required(updateDigest, weight, metrics);
    if (format != FORMAT) {
      throw new IllegalArgumentException("format is " + format + ", not " + FORMAT);
    }
    var unused = new TaskId(run, round, attempt, TaskId.Kind.TRAIN);
    Digest.fromHex(jobDigest);
    Digest.fromHex(modelDigest);
    Digest.fromHex(updateDigest);
    if (updateBytes < 1 || chunkBytes < 1 || weight < 1) {
      throw new IllegalArgumentException("update-bytes, chunk-bytes and weight are at least 1");
    }
    for (Map.Entry<String, Double> metric : metrics.entrySet()) {
      if (metric.getValue() == null || !Double.isFinite(metric.getValue())) {
        throw new IllegalArgumentException("metric " + metric.getKey() + " is not a number");
      }
    }
  }

  private static void required(Object... values) {
    if (Arrays.asList(values).contains(null)) {
      throw new IllegalArgumentException("a key is missing");
    }
  }

  static OutboxDescriptor of(ReadyUpdate update) {
    return new OutboxDescriptor(
        FORMAT,
        update.task().runId(),
        update.task().round(),
        update.task().attempt(),
        update.job().hex(),
        update.model().hex(),
        update.manifest().totalBytes(),
        update.manifest().chunkBytes(),
        update.manifest().digest().hex(),
        update.weight(),
        update.metrics());
  }

  TaskId task() {
    return new TaskId(run, round, attempt, TaskId.Kind.TRAIN);
  }

  byte[] encode() {
    byte[] json = ConfigReader.toCanonicalJson(this);
    byte[] seal = (Digest.sha256(json).hex() + "\n").getBytes(StandardCharsets.US_ASCII);
    byte[] whole = Arrays.copyOf(seal, seal.length + json.length);
    System.arraycopy(json, 0, whole, seal.length, json.length);
    return whole;
  }

  /**
   * Reads a descriptor.
   *
   * @throws DamagedException if these bytes are not one, or not one that this site could have sent
   *     within the bounds of the wire
   */
  static OutboxDescriptor decode(byte[] bytes, WireLimits limits) throws DamagedException {
    if (bytes.length <= SEAL_BYTES || bytes.length > MAX_BYTES) {
      throw new DamagedException("its descriptor has " + bytes.length + " bytes");
    }
    byte[] json = Arrays.copyOfRange(bytes, SEAL_BYTES, bytes.length);
    byte[] seal = (Digest.sha256(json).hex() + "\n").getBytes(StandardCharsets.US_ASCII);
    if (!Arrays.equals(seal, Arrays.copyOf(bytes, SEAL_BYTES))) {
      throw new DamagedException("its descriptor does not match its checksum");
    }
    OutboxDescriptor read;
    try {
      read = ConfigReader.readJson(json, OutboxDescriptor.class, "its descriptor");
    } catch (UserErrorException e) {
      throw new DamagedException(e.getMessage(), e);
    }
    long chunks = (read.updateBytes - 1) / read.chunkBytes + 1;
    if (read.updateBytes > limits.maxBlobBytes()
        || read.chunkBytes > limits.maxChunkBytes()
        || chunks > limits.maxChunksPerBlob()) {
      throw new DamagedException("its update is beyond the bounds of the wire");
    }
    return read;
  }
}
