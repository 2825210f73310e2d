package io.tributary.client;

import io.tributary.common.wire.WireLimits;

/** Bounds of the wire with other chunks. */
final class SmallChunks {
  private SmallChunks() {}

  static WireLimits of(WireLimits limits, int chunkBytes) {
    return new WireLimits(
        limits.maxControlFrameBytes(),
        limits.maxHelloFrameBytes(),
        chunkBytes,
        limits.maxChunkBytes(),
        limits.maxBlobBytes(),
        limits.maxChunksPerBlob(),
        limits.handshakeTimeoutMillis(),
        limits.heartbeatIntervalMillis(),
        limits.idleTimeoutMillis(),
        limits.closeTimeoutMillis(),
        limits.outboundHighWaterBytes(),
        limits.outboundLowWaterBytes(),
        limits.maxPendingControlBytes(),
        limits.maxTransfersPerConnection(),
        limits.maxConnections(),
        limits.maxConcurrentHandshakes());
  }
}
