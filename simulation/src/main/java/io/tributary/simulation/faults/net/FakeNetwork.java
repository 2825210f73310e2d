package io.tributary.simulation.faults.net;

import io.netty.buffer.ByteBuf;
import io.tributary.common.tls.PeerIdentity;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.WireConnection;
import io.tributary.common.wire.WireLimits;
import io.tributary.common.wire.WireListener;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.simulation.faults.EventQueue;
import io.tributary.simulation.faults.FakeProcess;
import io.tributary.simulation.faults.net.FakeLink.Way;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The network of a simulated federation: one {@link FakeLink} for each site. Within a connection
 * everything comes in order or not at all, as over TLS and TCP; connections know nothing of each
 * other. A message or chunk comes twice only because somebody sends it again.
 */
public final class FakeNetwork {
  private final EventQueue events;
  private final WireLimits limits;
  private final Watch watch;
  private final Map<SiteName, FakeLink> links = new TreeMap<>();
  private final List<FakeEnd> ends = new ArrayList<>();
  private final List<Delivered> buffers = new ArrayList<>();
  private FakeProcess server; // null while nobody listens
  private Function<PeerIdentity, WireListener> accept;

  /** Sees what goes over the network. */
  public interface Watch {
    /** A line for people; asked for only if somebody reads it. */
    void trace(Supplier<String> line);

    /** A message is handed to the line of a site; it may never arrive. */
    void sent(SiteName site, Way way, Envelope message);
  }

  /** A buffer that was handed to a process. */
  private record Delivered(FakeProcess to, ByteBuf data) {}

  /**
   * A network without anybody.
   *
   * @param watch sees everything
   */
  public FakeNetwork(EventQueue events, WireLimits limits, Watch watch) {
    this.events = events;
    this.limits = limits;
    this.watch = watch;
  }

  WireLimits limits() {
    return limits;
  }

  Watch watch() {
    return watch;
  }

  /** Returns the line between a site and the coordinator. */
  public FakeLink link(SiteName site) {
    return links.computeIfAbsent(site, name -> new FakeLink(events, limits.idleTimeoutMillis()));
  }

  /** The coordinator listens, until its process has {@link #ended}. */
  public void listen(FakeProcess coordinator, Function<PeerIdentity, WireListener> listener) {
    server = coordinator;
    accept = listener;
  }

  /**
   * Opens a connection, as a site does.
   *
   * @param loop the site's event loop
   * @return completes after {@link WireListener#opened}
   */
  public CompletableFuture<WireConnection> dial(
      FakeProcess site, SiteName name, Executor loop, WireListener listener) {
    site.requireAlive();
    CompletableFuture<WireConnection> connected = new CompletableFuture<>();
    FakeLink link = link(name);
    long givesUpAt = events.nowMillis() + limits.handshakeTimeoutMillis();
    site.later(
        link.latencyMillis(), () -> handshake(site, name, loop, listener, connected, givesUpAt));
    return connected;
  }

  private void handshake(
      FakeProcess site,
      SiteName name,
      Executor loop,
      WireListener listener,
      CompletableFuture<WireConnection> connected,
      long givesUpAt) {
    if (connected.isDone()) {
      return; // cancelled
    }
    FakeLink link = link(name);
    if (!link.isOpen()) {
      if (events.nowMillis() >= givesUpAt) {
        connected.completeExceptionally(new IOException("the coordinator does not answer"));
      } else {
        site.later(
            limits.handshakeTimeoutMillis() / 10,
            () -> handshake(site, name, loop, listener, connected, givesUpAt));
      }
      return;
    }
    if (server == null || !server.isAlive()) {
      connected.completeExceptionally(new IOException("the coordinator refuses connections"));
      return;
    }
    FakeWire wire = new FakeWire(events, link);
    PeerIdentity asSite = new PeerIdentity.Site(name, null);
    FakeEnd siteEnd =
        new FakeEnd(
            this,
            name,
            site,
            wire,
            Way.UP,
            new PeerIdentity.Coordinator(null),
            listener,
            loop,
            reason -> connected.completeExceptionally(new IOException(reason)));
    FakeEnd coordinatorEnd =
        new FakeEnd(
            this,
            name,
            server,
            wire,
            Way.DOWN,
            asSite,
            accept.apply(asSite),
            server.thread(),
            reason -> {});
    wire.connect(siteEnd, coordinatorEnd);
    ends.removeIf(FakeEnd::isGone);
    ends.add(siteEnd);
    ends.add(coordinatorEnd);
    coordinatorEnd.open(
        () ->
            site.later(
                link.latencyMillis(),
                () ->
                    siteEnd.open(
                        () -> {
                          if (!connected.complete(siteEnd)) {
                            siteEnd.close("the site gave up"); // cancelled meanwhile
                          }
                        })));
  }

  /**
   * A process is dead: its connections end.
   *
   * @param quietly with its machine: the other ends hear nothing
   */
  public void ended(FakeProcess process, boolean quietly) {
    for (FakeEnd end : ends) {
      if (end.process() == process) {
        end.processEnded(quietly);
      }
    }
    ends.removeIf(end -> end.process() == process);
    buffers.removeIf(buffer -> buffer.to() == process); // its memory is gone
    if (server == process) {
      server = null;
    }
  }

  void delivered(FakeProcess to, ByteBuf data) {
    buffers.removeIf(earlier -> earlier.data().refCnt() == 0);
    buffers.add(new Delivered(to, data));
  }

  /** Returns how many chunk buffers living processes hold on to now. */
  public long buffersHeld() {
    return buffers.stream().filter(buffer -> buffer.data().refCnt() > 0).count();
  }
}
