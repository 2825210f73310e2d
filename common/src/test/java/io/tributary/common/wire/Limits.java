package io.tributary.common.wire;

import java.util.function.Consumer;

/** Bounds for tests: the default ones with some changed, by name. */
final class Limits {
  int control = WireLimits.DEFAULT.maxControlFrameBytes();
  int hello = WireLimits.DEFAULT.maxHelloFrameBytes();
  int chunk = WireLimits.DEFAULT.chunkBytes();
  int maxChunk = WireLimits.DEFAULT.maxChunkBytes();
  int maxChunks = WireLimits.DEFAULT.maxChunksPerBlob();
  long handshakeMillis = WireLimits.DEFAULT.handshakeTimeoutMillis();
  long heartbeatMillis = WireLimits.DEFAULT.heartbeatIntervalMillis();
  long idleMillis = WireLimits.DEFAULT.idleTimeoutMillis();
  long closeMillis = WireLimits.DEFAULT.closeTimeoutMillis();
  int highWater = WireLimits.DEFAULT.outboundHighWaterBytes();
  int lowWater = WireLimits.DEFAULT.outboundLowWaterBytes();
  int pendingControl = WireLimits.DEFAULT.maxPendingControlBytes();
  int transfers = WireLimits.DEFAULT.maxTransfersPerConnection();
  int connections = WireLimits.DEFAULT.maxConnections();
  int handshakes = WireLimits.DEFAULT.maxConcurrentHandshakes();

  private Limits() {}

  static WireLimits with(Consumer<Limits> change) {
    Limits limits = new Limits();
    change.accept(limits);
    return new WireLimits(
        limits.control,
        limits.hello,
        limits.chunk,
        limits.maxChunk,
        WireLimits.DEFAULT.maxBlobBytes(),
        limits.maxChunks,
        limits.handshakeMillis,
        limits.heartbeatMillis,
        limits.idleMillis,
        limits.closeMillis,
        limits.highWater,
        limits.lowWater,
        limits.pendingControl,
        limits.transfers,
        limits.connections,
        limits.handshakes);
  }
}
