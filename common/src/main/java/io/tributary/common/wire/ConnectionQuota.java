package io.tributary.common.wire;

import io.netty.channel.Channel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.LinkedHashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts a server's connections, and those of them whose peer is not known yet, so that strangers
 * can neither fill the process nor keep the sites out by number alone.
 *
 * <p>When there are too many unfinished handshakes the oldest makes room, not the newest: a site
 * needs a fraction of a second for its own, a stranger who only holds connections open loses them.
 * One remote address may have half of them at most, but for loopback, where all are one machine.
 */
final class ConnectionQuota {
  private static final Logger LOG = LoggerFactory.getLogger(ConnectionQuota.class);

  private final WireLimits limits;
  private final int maxHandshakesPerAddress;

  // Guarded by this.
  private final Set<Share> handshakes = new LinkedHashSet<>(); // oldest first
  private int connections;

  ConnectionQuota(WireLimits limits) {
    this.limits = limits;
    this.maxHandshakesPerAddress = Math.max(1, limits.maxConcurrentHandshakes() / 2);
  }

  /** One connection's share; given back when its channel closes. */
  final class Share {
    private final Channel channel;
    private final InetAddress address; // null where it does not count

    private Share(Channel channel) {
      this.channel = channel;
      InetAddress remote =
          channel.remoteAddress() instanceof InetSocketAddress inet ? inet.getAddress() : null;
      this.address = remote == null || remote.isLoopbackAddress() ? null : remote;
    }

    /** The peer is known: it no longer counts as a handshake. */
    void opened() {
      synchronized (ConnectionQuota.this) {
        handshakes.remove(this);
      }
    }

    private void closed() {
      synchronized (ConnectionQuota.this) {
        handshakes.remove(this);
        connections--;
      }
    }
  }

  /**
   * Counts a new connection; may close the oldest unfinished handshake in its favour.
   *
   * @return null when there is no room; the caller closes the channel
   */
  Share take(Channel channel) {
    Share share = new Share(channel);
    Share evicted;
    synchronized (this) {
      if (connections >= limits.maxConnections()) {
        return null;
      }
      evicted = evict(share);
      connections++;
      handshakes.add(share);
    }
    channel.closeFuture().addListener(closed -> share.closed());
    if (evicted != null) {
      LOG.warn(
          "peer at {}: closed: its handshake is the oldest of too many; {}",
          evicted.channel.remoteAddress(),
          this);
      var unused = evicted.channel.close();
    }
    return share;
  }

  /** Takes the one that must make room, if any, out of the handshakes. */
  private Share evict(Share arriving) {
    long ofItsAddress =
        arriving.address == null
            ? 0
            : handshakes.stream().filter(share -> arriving.address.equals(share.address)).count();
    boolean addressFull = ofItsAddress >= maxHandshakesPerAddress;
    if (!addressFull && handshakes.size() < limits.maxConcurrentHandshakes()) {
      return null;
    }
    Share oldest =
        handshakes.stream()
            .filter(share -> !addressFull || arriving.address.equals(share.address))
            .findFirst()
            .orElseThrow();
    handshakes.remove(oldest);
    return oldest;
  }

  @Override
  public synchronized String toString() {
    return "%d of at most %d connections, %d of at most %d unfinished handshakes"
        .formatted(
            connections,
            limits.maxConnections(),
            handshakes.size(),
            limits.maxConcurrentHandshakes());
  }
}
