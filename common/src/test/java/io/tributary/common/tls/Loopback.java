package io.tributary.common.tls;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * A coordinator and a site that shake hands over a real socket: the coordinator greets whom its
 * gate lets in, the site answers, and both sides' first verdict is kept.
 */
final class Loopback implements AutoCloseable {
  private static final String GREETING = "hello";
  private static final String ANSWER = "welcome";

  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());

  /**
   * What both ends made of it. An end is either let in (peer is set) or has a reason.
   *
   * @param atCoordinator the coordinator's verdict
   * @param atSite the site's verdict
   */
  record Outcome(Verdict atCoordinator, Verdict atSite) {}

  /**
   * One end's verdict.
   *
   * @param peer the identity of a peer that was let in and heard from, else null
   * @param refusal the reason, else null
   */
  record Verdict(PeerIdentity peer, String refusal) {}

  Outcome connect(SslContext coordinator, SslContext site, String host) {
    return connect(
        coordinator,
        port ->
            new ChannelInitializer<>() {
              @Override
              protected void initChannel(Channel channel) {
                channel
                    .pipeline()
                    .addLast(TlsContexts.dialing(site, channel.alloc(), host, port))
                    .addLast(PeerGate.atSite(host + ":" + port, Clock.systemUTC()));
              }
            });
  }

  interface SitePipeline {
    ChannelHandler facing(int port);
  }

  /** The site's pipeline may lack TLS or a gate. */
  Outcome connect(SslContext coordinator, SitePipeline site) {
    End atCoordinator = new End(GREETING, ANSWER);
    End atSite = new End(ANSWER, GREETING);
    Channel server =
        open(
            () ->
                new ServerBootstrap()
                    .group(group)
                    .channel(NioServerSocketChannel.class)
                    .childHandler(
                        new ChannelInitializer<>() {
                          @Override
                          protected void initChannel(Channel channel) {
                            channel
                                .pipeline()
                                .addLast(TlsContexts.accepting(coordinator, channel.alloc()))
                                .addLast(PeerGate.atCoordinator(Clock.systemUTC()))
                                .addLast(atCoordinator);
                          }
                        })
                    .bind(InetAddress.getLoopbackAddress(), 0));
    try {
      InetSocketAddress address = (InetSocketAddress) server.localAddress();
      Channel client =
          open(
              () ->
                  new Bootstrap()
                      .group(group)
                      .channel(NioSocketChannel.class)
                      .handler(
                          new ChannelInitializer<>() {
                            @Override
                            protected void initChannel(Channel channel) {
                              channel
                                  .pipeline()
                                  .addLast(site.facing(address.getPort()))
                                  .addLast(atSite);
                            }
                          })
                      .connect(address));
      try {
        return new Outcome(
            atCoordinator.verdict.get(20, TimeUnit.SECONDS),
            atSite.verdict.get(20, TimeUnit.SECONDS));
      } finally {
        client.close().syncUninterruptibly();
      }
    } catch (Exception e) {
      throw new AssertionError("no verdict: " + atCoordinator.verdict + " " + atSite.verdict, e);
    } finally {
      server.close().syncUninterruptibly();
    }
  }

  private static Channel open(Supplier<ChannelFuture> future) {
    return future.get().syncUninterruptibly().channel();
  }

  @Override
  public void close() {
    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
  }

  private static final class End extends SimpleChannelInboundHandler<ByteBuf> {
    private final String says;
    private final String hears;
    private final CompletableFuture<Verdict> verdict = new CompletableFuture<>();
    private PeerIdentity peer;

    End(String says, String hears) {
      this.says = says;
      this.hears = hears;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event instanceof PeerGate.Opened opened) {
        peer = opened.peer();
        if (says.equals(GREETING)) {
          say(ctx);
        }
      } else if (event instanceof PeerGate.Refused refused) {
        verdict.complete(new Verdict(null, refused.reason()));
      }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, ByteBuf message) {
      // A few bytes over loopback come in one read; anything else fails the test by its verdict.
      if (message.toString(StandardCharsets.US_ASCII).equals(hears)) {
        if (says.equals(ANSWER)) {
          say(ctx);
        }
        verdict.complete(new Verdict(peer, null));
      } else {
        verdict.complete(new Verdict(null, "heard something else"));
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      verdict.complete(new Verdict(null, "closed without a reason"));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      verdict.complete(new Verdict(null, "exception " + cause));
    }

    private void say(ChannelHandlerContext ctx) {
      // A failed write needs no word of its own: the channel closes, and that gives the verdict.
      var unused =
          ctx.writeAndFlush(
              ctx.alloc().buffer().writeBytes(says.getBytes(StandardCharsets.US_ASCII)));
    }
  }
}
