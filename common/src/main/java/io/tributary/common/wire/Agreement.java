package io.tributary.common.wire;

import io.tributary.common.wire.v1.Envelope;
import java.util.Objects;
import java.util.Optional;

/**
 * What hello and welcome settled for one connection.
 *
 * @param listener who hears what comes
 * @param answer what this side still has to say before the connection is open
 * @param peerMaxControlFrameBytes the largest control frame that the peer accepts
 * @param peerMaxChunkBytes the largest chunk that the peer accepts
 * @param heartbeatIntervalMillis how often this side shows that it is alive
 */
record Agreement(
    WireListener listener,
    Optional<Envelope> answer,
    int peerMaxControlFrameBytes,
    int peerMaxChunkBytes,
    long heartbeatIntervalMillis) {

  Agreement {
    Objects.requireNonNull(listener, "listener");
  }
}
