package io.tributary.common.wire;

import io.tributary.common.tls.PeerIdentity;
import io.tributary.common.wire.v1.Envelope;
import java.util.Optional;

/**
 * One side's part of the hello exchange, the only thing in which the two ends of a {@link
 * WireSession} differ. Serves one connection.
 */
interface Greeting {
  /** Returns what this side says first, once TLS has proved the peer. */
  Optional<Envelope> first();

  /**
   * Judges the peer's first message.
   *
   * @throws ProtocolException when the peer cannot be admitted; it is told why
   */
  Agreement judge(PeerIdentity peer, Envelope message);

  /** The connection is open; its listener has been told. */
  void opened(WireConnection connection);

  /**
   * The connection never opened.
   *
   * @param failure one line, and the peer's refusal if it sent one
   */
  void failed(WireConnectException failure);
}
