package io.tributary.common.wire;

import io.netty.channel.Channel;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts a server's connections, and those of them whose peer is not known yet, so that strangers
 * can neither fill the process nor keep the sites out by number alone.
 */
final class ConnectionQuota {
  private final WireLimits limits;
  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicInteger handshakes = new AtomicInteger();

  ConnectionQuota(WireLimits limits) {
    this.limits = limits;
  }

  /** One connection's share; given back when its channel closes. */
  final class Share {
    private boolean handshaking = true;

    private Share() {}

    /** The peer is known: it no longer counts as a handshake. */
    synchronized void opened() {
      if (handshaking) {
        handshaking = false;
        handshakes.decrementAndGet();
      }
    }

    private void closed() {
      opened();
      connections.decrementAndGet();
    }
  }

  /**
   * Counts a new connection.
   *
   * @return null when there is no room; the caller closes the channel
   */
  Share take(Channel channel) {
    Share share = new Share();
    int taken = connections.incrementAndGet();
    int shaking = handshakes.incrementAndGet();
    if (taken > limits.maxConnections() || shaking > limits.maxConcurrentHandshakes()) {
      share.closed();
      return null;
    }
    channel.closeFuture().addListener(closed -> share.closed());
    return share;
  }

  @Override
  public String toString() {
    return "%d of at most %d connections, %d of at most %d unfinished handshakes"
        .formatted(
            connections.get(),
            limits.maxConnections(),
            handshakes.get(),
            limits.maxConcurrentHandshakes());
  }
}
