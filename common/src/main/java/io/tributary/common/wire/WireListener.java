package io.tributary.common.wire;

import io.netty.buffer.ByteBuf;
import io.tributary.common.wire.v1.Envelope;

/**
 * What the owner of a connection hears from it: the coordinator's and the client's side of the
 * wire.
 *
 * <p>All calls come on the connection's event loop, in order; they must be short and must not wait.
 * Spooling a chunk right there is intended: it is what holds back a peer that sends faster than the
 * disk. A listener that hands work to a queue of its own bounds that queue with {@link
 * WireConnection#pauseReading}. A {@link ProtocolException} thrown here refuses the peer with its
 * code and message; any other exception closes the connection as an internal error. Neither touches
 * another connection.
 */
public interface WireListener {
  /** TLS, ALPN, certificate and the hello exchange are done; messages may be sent from now on. */
  void opened(WireConnection connection);

  /** A control message, never one of hello, welcome, refusal or heartbeat. */
  void control(WireConnection connection, Envelope message);

  /**
   * A chunk, not yet verified (see {@link ChunkSpool#accept}).
   *
   * @param data released by the caller after return; retain to keep
   */
  void chunk(WireConnection connection, TaskId task, int index, ByteBuf data);

  /** The connection is gone; exactly once after {@link #opened}, and the last call. */
  void closed(WireConnection connection, String reason);
}
