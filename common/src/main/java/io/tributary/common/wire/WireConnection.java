package io.tributary.common.wire;

import io.tributary.common.tls.PeerIdentity;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.Refusal;
import java.net.SocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * One admitted peer: what the coordinator and the client send through. Every method may be called
 * from any thread; messages of one thread keep their order.
 */
public interface WireConnection {
  /** Returns who the peer's certificate says it is. */
  PeerIdentity peer();

  /**
   * Sends a control message; it overtakes every chunk that is not yet in the connection's outbound
   * buffer. Does nothing on a closed connection: the owner hears of that in {@link
   * WireListener#closed}.
   *
   * @throws ProtocolException when the message is larger than the peer accepts
   */
  void send(Envelope message);

  /**
   * Sends the lacking chunks in order, as fast as the peer takes them and no faster: at most {@link
   * WireLimits#outboundHighWaterBytes} and one chunk are in memory. Transfers of one connection
   * follow each other.
   *
   * @param lacking what to send (copied)
   * @return completes on the event loop when the last chunk has been handed to the operating
   *     system; fails with a {@link ChunkReadException} when the source fails, with another {@link
   *     java.io.IOException} when the connection closes. Cancelling it stops before the next chunk.
   */
  CompletableFuture<Void> sendChunks(TaskId task, ChunkSource source, ChunkSet lacking);

  /** Sends the refusal, then closes, within {@link WireLimits#closeTimeoutMillis}. */
  void close(Refusal refusal);

  /**
   * Sends what has been written already, then closes, within {@link WireLimits#closeTimeoutMillis}.
   */
  void close(String reason);

  /** Stops reading from the peer until {@link #resumeReading}; the peer is not idle meanwhile. */
  void pauseReading();

  /** Reads on. */
  void resumeReading();

  /** Tells whether messages can still be sent. */
  boolean isOpen();

  /** Returns the peer's address. */
  SocketAddress remoteAddress();

  /** Returns the bytes of all frames received so far, without TLS. */
  long bytesReceived();

  /** Returns the bytes of all frames handed to the operating system so far, without TLS. */
  long bytesSent();

  /** Returns the connection's event loop, where its listener is called. */
  Executor executor();
}
