package io.tributary.common.wire;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.tls.PeerGate;
import io.tributary.common.tls.PeerIdentity;
import io.tributary.common.tls.TlsContexts;
import io.tributary.common.wire.v1.Refusal;
import io.tributary.common.wire.v1.RefusalCode;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The coordinator's end of the wire: accepts sites, and nobody else. */
public final class WireServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WireServer.class);

  /** Chunks are hashed and spooled on these threads; more than a few only cost memory. */
  private static final int MAX_IO_THREADS = 4;

  private static final int BACKLOG_CONNECTIONS = 1024;

  /**
   * Most that is read from a socket at once. What is left of it is a TLS record that has not come
   * whole, and holds all of this memory until the rest comes, for every connection.
   */
  private static final int MAX_READ_BYTES = 32 << 10;

  private static final int LEAST_READ_BYTES = 2 << 10;

  private final SslContext tls;
  private final WireLimits limits;
  private final String software;
  private final Function<? super PeerIdentity.Site, ? extends WireListener> admission;
  private final Clock clock;
  private final ConnectionQuota quota;
  private final SendingBudget budget = new SendingBudget();
  private final Set<WireSession> sessions = ConcurrentHashMap.newKeySet();
  private final EventLoopGroup group;
  private Channel listening;

  private WireServer(
      SslContext tls,
      WireLimits limits,
      String software,
      Function<? super PeerIdentity.Site, ? extends WireListener> admission,
      Clock clock) {
    this.tls = Objects.requireNonNull(tls, "tls");
    this.limits = Objects.requireNonNull(limits, "limits");
    this.software = Objects.requireNonNull(software, "software");
    this.admission = Objects.requireNonNull(admission, "admission");
    this.clock = Objects.requireNonNull(clock, "clock");
    this.quota = new ConnectionQuota(limits);
    int threads = Math.min(MAX_IO_THREADS, Runtime.getRuntime().availableProcessors());
    this.group =
        new MultiThreadIoEventLoopGroup(
            threads, new DefaultThreadFactory("wire-server", true), NioIoHandler.newFactory());
  }

  /**
   * Listens for sites.
   *
   * @param address where to listen; port 0 takes a free one, see {@link #port}
   * @param tls {@link TlsContexts#forCoordinator}
   * @param software name and version, told to sites
   * @param admission called on the event loop once TLS and hello are good: returns who hears the
   *     connection; a {@link ProtocolException} refuses the site with its code and message
   * @param clock by which certificates are in date
   * @throws UserErrorException when the address cannot be listened on
   */
  public static WireServer start(
      InetSocketAddress address,
      SslContext tls,
      WireLimits limits,
      String software,
      Function<? super PeerIdentity.Site, ? extends WireListener> admission,
      Clock clock) {
    WireServer server = new WireServer(tls, limits, software, admission, clock);
    boolean started = false;
    try {
      server.listen(address);
      started = true;
      return server;
    } finally {
      if (!started) {
        var unused = server.group.shutdownGracefully(0, 1, SECONDS);
      }
    }
  }

  private void listen(InetSocketAddress address) {
    ChannelFuture bound =
        new ServerBootstrap()
            .group(group)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, BACKLOG_CONNECTIONS)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.ALLOCATOR, FrameBuffers.SHARED)
            .childOption(
                ChannelOption.RECVBUF_ALLOCATOR,
                new AdaptiveRecvByteBufAllocator(
                    LEAST_READ_BYTES, LEAST_READ_BYTES, MAX_READ_BYTES))
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, waterMark(limits))
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    accept(channel);
                  }
                })
            .bind(address)
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new UserErrorException(
          UserErrorException.Kind.FAILED,
          "cannot listen on %s:%d: %s; is another coordinator running, or the port taken?"
              .formatted(address.getHostString(), address.getPort(), bound.cause().getMessage()),
          bound.cause());
    }
    listening = bound.channel();
  }

  static WriteBufferWaterMark waterMark(WireLimits limits) {
    return new WriteBufferWaterMark(
        limits.outboundLowWaterBytes(), limits.outboundHighWaterBytes());
  }

  private void accept(SocketChannel channel) {
    String peer = WireClient.hostAndPort(channel.remoteAddress());
    ConnectionQuota.Share share = quota.take(channel);
    if (share == null) {
      LOG.warn("peer at {}: turned away: no room beside {}", peer, quota);
      var unused = channel.close();
      return;
    }
    SslHandler handshake = TlsContexts.accepting(tls, channel.alloc());
    handshake.setHandshakeTimeoutMillis(limits.handshakeTimeoutMillis());
    FrameDecoder decoder = new FrameDecoder(limits);
    Greeting greeting = new CoordinatorGreeting(limits, software, admission, share::opened);
    WireSession session = new WireSession(limits, greeting, decoder, budget, peer);
    channel.pipeline().addLast(handshake, PeerGate.atCoordinator(clock), decoder, session);
    sessions.add(session); // only now: close() uses what the pipeline has given it
    channel.closeFuture().addListener(closed -> sessions.remove(session));
  }

  /** Returns the port it listens on. */
  public int port() {
    return ((InetSocketAddress) listening.localAddress()).getPort();
  }

  /**
   * Stops listening, tells every site that the coordinator shuts down, and returns when all their
   * listeners have heard {@link WireListener#closed}, after at most a few seconds. Not to be called
   * from a listener.
   */
  @Override
  public void close() {
    listening.close().awaitUninterruptibly(limits.closeTimeoutMillis());
    Refusal refusal =
        Refusal.newBuilder()
            .setCode(RefusalCode.REFUSAL_CODE_SHUTTING_DOWN)
            .setReason("the coordinator shuts down")
            .build();
    for (WireSession session : sessions) {
      session.close(refusal);
    }
    long deadline = System.nanoTime() + MILLISECONDS.toNanos(2 * limits.closeTimeoutMillis());
    for (WireSession session : sessions) { // they close side by side: one wait for all of them
      session.awaitClosed(Math.max(1, NANOSECONDS.toMillis(deadline - System.nanoTime())));
    }
    group
        .shutdownGracefully(0, limits.closeTimeoutMillis(), MILLISECONDS)
        .awaitUninterruptibly(2 * limits.closeTimeoutMillis());
  }
}
