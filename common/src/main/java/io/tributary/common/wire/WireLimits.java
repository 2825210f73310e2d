package io.tributary.common.wire;

import io.tributary.common.config.UserErrorException;

/**
 * Every bound of the wire, in one place; each is checked before the bytes it bounds are read or
 * queued.
 *
 * @param maxControlFrameBytes largest Protobuf envelope, both directions
 * @param maxHelloFrameBytes largest envelope before hello and welcome are done, when the peer is
 *     known only by its certificate
 * @param chunkBytes usual chunk of a manifest; see {@link #chunkBytesFor}
 * @param maxChunkBytes largest chunk accepted
 * @param maxBlobBytes largest model or update
 * @param maxChunksPerBlob most chunks of a manifest; their digests must fit a control frame
 * @param handshakeTimeoutMillis from the accepted or opened connection to the end of TLS and hello
 * @param heartbeatIntervalMillis how often a silent side shows that it is alive
 * @param idleTimeoutMillis how long a peer may send nothing, not even part of a frame
 * @param closeTimeoutMillis how long a refused peer has to read the refusal
 * @param outboundHighWaterBytes a connection with this much unsent is not written chunks to
 * @param outboundLowWaterBytes ... until only this much is left
 * @param maxPendingControlBytes most bytes of control frames that may wait for a peer that does not
 *     read; beyond it the connection is closed
 * @param maxTransfersPerConnection most blobs whose sending may wait or run on one connection
 * @param maxConnections most connections that a server holds
 * @param maxConcurrentHandshakes most of them that may be unfinished handshakes
 */
public record WireLimits(
    int maxControlFrameBytes,
    int maxHelloFrameBytes,
    int chunkBytes,
    int maxChunkBytes,
    long maxBlobBytes,
    int maxChunksPerBlob,
    long handshakeTimeoutMillis,
    long heartbeatIntervalMillis,
    long idleTimeoutMillis,
    long closeTimeoutMillis,
    int outboundHighWaterBytes,
    int outboundLowWaterBytes,
    int maxPendingControlBytes,
    int maxTransfersPerConnection,
    int maxConnections,
    int maxConcurrentHandshakes) {

  private static final int KIB = 1024;
  private static final int MIB = 1024 * KIB;

  /** Room that a frame with a manifest leaves for the rest: the job, the key. */
  private static final int BESIDE_MANIFEST_BYTES = 256 * KIB;

  /** The bounds that deployments use. */
  public static final WireLimits DEFAULT =
      new WireLimits(
          MIB,
          16 * KIB,
          64 * KIB,
          MIB,
          8L * KIB * MIB,
          16_384,
          20_000,
          5_000,
          30_000,
          2_000,
          256 * KIB,
          128 * KIB,
          4 * MIB,
          8,
          4_096,
          256);

  /**
   * Checks each bound and how they fit together.
   *
   * @throws IllegalArgumentException naming the bound that is wrong
   */
  public WireLimits {
    atLeast("maxControlFrameBytes", maxControlFrameBytes, 1);
    atLeast("maxHelloFrameBytes", maxHelloFrameBytes, 1);
    atLeast("chunkBytes", chunkBytes, 1);
    atLeast("maxChunkBytes", maxChunkBytes, chunkBytes);
    atMost("maxChunkBytes", maxChunkBytes, 64 * MIB);
    atLeast("maxBlobBytes", maxBlobBytes, 1);
    atLeast("maxChunksPerBlob", maxChunksPerBlob, 1);
    atLeast("handshakeTimeoutMillis", handshakeTimeoutMillis, 1);
    atLeast("heartbeatIntervalMillis", heartbeatIntervalMillis, 1);
    atLeast("idleTimeoutMillis", idleTimeoutMillis, 2 * heartbeatIntervalMillis);
    atLeast("closeTimeoutMillis", closeTimeoutMillis, 1);
    atLeast("outboundLowWaterBytes", outboundLowWaterBytes, 1);
    atLeast("outboundHighWaterBytes", outboundHighWaterBytes, outboundLowWaterBytes);
    atLeast("maxPendingControlBytes", maxPendingControlBytes, maxControlFrameBytes);
    atLeast("maxTransfersPerConnection", maxTransfersPerConnection, 1);
    atLeast("maxConnections", maxConnections, 1);
    atLeast("maxConcurrentHandshakes", maxConcurrentHandshakes, 1);
    long digestBytes = (long) maxChunksPerBlob * Digest.BYTES;
    if (digestBytes + BESIDE_MANIFEST_BYTES > maxControlFrameBytes) {
      throw new IllegalArgumentException(
          "maxChunksPerBlob is %d, whose digests take %d bytes, but maxControlFrameBytes is %d and %d must stay free"
              .formatted(
                  maxChunksPerBlob, digestBytes, maxControlFrameBytes, BESIDE_MANIFEST_BYTES));
    }
  }

  private static void atLeast(String name, long value, long bound) {
    if (value < bound) {
      throw new IllegalArgumentException(name + " is " + value + " but must be at least " + bound);
    }
  }

  private static void atMost(String name, long value, long bound) {
    if (value > bound) {
      throw new IllegalArgumentException(name + " is " + value + " but must be at most " + bound);
    }
  }

  /**
   * Chooses the chunk size of a blob: {@link #chunkBytes}, doubled while there would be more than
   * {@link #maxChunksPerBlob} chunks.
   *
   * @throws UserErrorException when the blob cannot be sent within these bounds
   */
  public int chunkBytesFor(long totalBytes) {
    long largest = Math.min(maxBlobBytes, (long) maxChunkBytes * maxChunksPerBlob);
    if (totalBytes < 1 || totalBytes > largest) {
      throw new UserErrorException(
          UserErrorException.Kind.USAGE,
          "a model or update of %d bytes cannot be sent: the bounds are 1 and %d bytes; choose a smaller model"
              .formatted(totalBytes, largest));
    }
    long bytes = chunkBytes;
    while (Manifest.chunkCount(totalBytes, bytes) > maxChunksPerBlob) {
      bytes = Math.min(2 * bytes, maxChunkBytes);
    }
    return (int) bytes;
  }
}
