package io.tributary.common.wire;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.tributary.common.tls.CertificateRole;
import io.tributary.common.tls.PeerGate;
import io.tributary.common.tls.SiteName;
import io.tributary.common.tls.TlsContexts;
import io.tributary.common.tls.TlsFailure;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * The site's end of the wire: one thread that opens connections to the coordinator. When and how
 * often to try again is the caller's business.
 */
public final class WireClient implements AutoCloseable {
  private static final long CLOSE_TIMEOUT_MILLIS = 2_000;

  private final Clock clock;
  private final EventLoopGroup group;
  private final SendingBudget budget = new SendingBudget();

  /**
   * Starts the thread.
   *
   * @param clock by which certificates are in date
   */
  public WireClient(Clock clock) {
    this.clock = Objects.requireNonNull(clock, "clock");
    this.group =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("wire-client", true), NioIoHandler.newFactory());
  }

  /**
   * Opens a connection: TCP, TLS, hello and welcome, within {@link
   * WireLimits#handshakeTimeoutMillis} each for TCP and the rest.
   *
   * @param host as the user wrote it: the coordinator's certificate must carry it
   * @param tls {@link TlsContexts#forSite}
   * @param site the name in this site's certificate
   * @param software name and version, told to the coordinator
   * @return completes on the event loop, after {@link WireListener#opened}; fails with a {@link
   *     WireConnectException} that explains in one line. Cancelling it closes the connection.
   */
  public CompletableFuture<WireConnection> connect(
      String host,
      int port,
      SslContext tls,
      WireLimits limits,
      SiteName site,
      String software,
      WireListener listener) {
    String dialed = host + ":" + port;
    CompletableFuture<WireConnection> connected = new CompletableFuture<>();
    Greeting greeting = new SiteGreeting(limits, site, software, listener, connected);
    ChannelFuture dialing =
        new Bootstrap()
            .group(group)
            .channel(NioSocketChannel.class)
            .option(
                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                Math.toIntExact(limits.handshakeTimeoutMillis()))
            .option(ChannelOption.ALLOCATOR, FrameBuffers.SHARED)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.SO_KEEPALIVE, true)
            .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WireServer.waterMark(limits))
            .handler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    SslHandler handshake = TlsContexts.dialing(tls, channel.alloc(), host, port);
                    handshake.setHandshakeTimeoutMillis(limits.handshakeTimeoutMillis());
                    FrameDecoder decoder = new FrameDecoder(limits);
                    channel
                        .pipeline()
                        .addLast(handshake, PeerGate.atSite(dialed, clock), decoder)
                        .addLast(new WireSession(limits, greeting, decoder, budget, dialed));
                  }
                })
            .connect(InetSocketAddress.createUnresolved(withoutBrackets(host), port));
    dialing.addListener(
        dialed0 -> {
          if (!dialed0.isSuccess()) {
            String reason = TlsFailure.explain(dialed0.cause(), CertificateRole.SITE, dialed);
            connected.completeExceptionally(new WireConnectException(reason, null));
          }
        });
    Channel channel = dialing.channel();
    var unused =
        connected.whenComplete(
            (connection, failure) -> {
              if (connected.isCancelled()) {
                var unusedClose = channel.close();
              }
            });
    return connected;
  }

  private static String withoutBrackets(String host) {
    return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
  }

  static String hostAndPort(InetSocketAddress address) {
    return address.getHostString() + ":" + address.getPort();
  }

  /**
   * Closes every connection and ends the thread, within a few seconds; all listeners have heard
   * {@link WireListener#closed} then. Not to be called from a listener.
   */
  @Override
  public void close() {
    group
        .shutdownGracefully(0, CLOSE_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)
        .awaitUninterruptibly(2 * CLOSE_TIMEOUT_MILLIS);
  }
}
