package io.tributary.simulation.swarm;

import com.google.protobuf.ByteString;
import io.tributary.common.random.CounterRandom;
import io.tributary.common.wire.Digest;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.WireLimits;
import io.tributary.common.wire.v1.ChunkManifest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The updates of a swarm: what client c sends in round r is a function of (c, r) alone and is
 * nowhere stored, so that a thousand clients need no memory.
 *
 * <p>Chunk k of an update is a stretch of one table of random values in (−0.01, 0.01), which begins
 * at {@code c · STRIDE + hash(r, k)} modulo the table: a copy is all that sending costs, and no two
 * clients send the same. Weights are 1 to 1000, another for each client. Thread-safe.
 */
final class Deltas {
  /** No value is larger; {@code update.max-abs} of the job is. */
  static final float LARGEST = 0.01f;

  private static final int TABLE_VALUES = 1 << 20;
  private static final int RANDOM_BITS = 24;
  private static final long STREAM = CounterRandom.streamOf("tributary.swarm");

  /** Odd, so that every client begins elsewhere. */
  private static final long STRIDE = 611_953;

  private static final int WEIGHTS = 1_000;
  private static final int WEIGHT_STRIDE = 377; // has no divisor in common with WEIGHTS

  private final long seed;
  private final long totalBytes;
  private final int chunkBytes;
  private final WireLimits limits;
  private final ByteBuffer table; // TABLE_VALUES and one chunk more, which repeats the beginning

  /**
   * Fills the table.
   *
   * @param values of an update
   */
  Deltas(long seed, long values, WireLimits limits) {
    this.seed = seed;
    this.totalBytes = values * Float.BYTES;
    this.limits = limits;
    this.chunkBytes = limits.chunkBytesFor(totalBytes);
    if (chunkBytes % Float.BYTES != 0) {
      throw new IllegalArgumentException(
          "chunks have " + chunkBytes + " bytes but must hold whole values");
    }
    this.table =
        ByteBuffer.allocateDirect(TABLE_VALUES * Float.BYTES + chunkBytes)
            .order(ByteOrder.LITTLE_ENDIAN);
    CounterRandom random = new CounterRandom(seed, STREAM);
    for (int i = 0; i < TABLE_VALUES; i++) {
      long signed = random.nextLong() >> (Long.SIZE - RANDOM_BITS);
      table.putFloat(LARGEST * signed / (1 << (RANDOM_BITS - 1)));
    }
    table.put(table.slice(0, chunkBytes)).clear();
  }

  /** Bytes of an update. */
  long totalBytes() {
    return totalBytes;
  }

  /** Examples that the client claims to have trained on. */
  long weight(int client) {
    return 1 + (long) client * WEIGHT_STRIDE % WEIGHTS;
  }

  /** One chunk of an update; not to be written to. */
  ByteBuffer chunk(int client, int round, int index, int length) {
    long hash = CounterRandom.deriveSeed(seed, round, index);
    long start = Math.floorMod(client * STRIDE + (hash >>> 1), (long) TABLE_VALUES);
    return table.slice((int) start * Float.BYTES, length).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Values of every chunk but the last. */
  int chunkValues() {
    return chunkBytes / Float.BYTES;
  }

  /** Hashes an update. */
  Manifest manifest(int client, int round) {
    int chunks = (int) ((totalBytes + chunkBytes - 1) / chunkBytes);
    ByteBuffer digests = ByteBuffer.allocate(chunks * Digest.BYTES);
    for (int i = 0; i < chunks; i++) {
      int length = (int) Math.min(chunkBytes, totalBytes - (long) i * chunkBytes);
      digests.put(Digest.sha256(chunk(client, round, i, length)).bytes());
    }
    return Manifest.fromProto(
        ChunkManifest.newBuilder()
            .setTotalBytes(totalBytes)
            .setChunkBytes(chunkBytes)
            .setChunkDigests(ByteString.copyFrom(digests.flip()))
            .build(),
        limits);
  }
}
