package io.tributary.simulation.limits;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.tributary.common.tls.PeerGate;
import io.tributary.common.tls.TlsContexts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Bytes through the product's TLS and nothing else: no frames, no checks, no copies into frames.
 *
 * <pre>
 *   block ─► SslHandler ─► loopback ─► SslHandler ─► PeerGate ─► (SHA-256) ─► count
 * </pre>
 */
final class TlsLoopback {
  /** As many as the loops of a coordinator on a machine of two processors. */
  private static final int CONNECTIONS = 2;

  private static final int BLOCK_BYTES = 256 * 1024;
  private static final int HIGH_WATER_BYTES = 1 << 20;
  private static final int LOW_WATER_BYTES = HIGH_WATER_BYTES / 2;
  private static final long CONNECT_SECONDS = 20;

  private TlsLoopback() {}

  /**
   * Measures, after a warm-up of the same length.
   *
   * @param host that the coordinator's certificate carries and that is loopback
   * @param hashed whether the receiver hashes
   */
  static double megabytesPerSecond(
      SslContext coordinator, SslContext site, String host, boolean hashed, long millis)
      throws IOException, InterruptedException {
    LongAdder received = new LongAdder();
    EventLoopGroup receivers = loops("limit-receiver");
    EventLoopGroup senders = loops("limit-sender");
    ByteBuf block = randomBlock();
    List<Channel> open = new ArrayList<>();
    try {
      Channel listening = listen(receivers, coordinator, hashed, received);
      open.add(listening);
      int port = ((InetSocketAddress) listening.localAddress()).getPort();
      for (int i = 0; i < CONNECTIONS; i++) {
        open.add(dial(senders, site, host, port, block));
      }
      long first = counted(received, 1, CONNECT_SECONDS * 1_000);
      if (first == 0) {
        throw new IOException("no byte came over TLS on loopback within " + CONNECT_SECONDS + " s");
      }
      TimeUnit.MILLISECONDS.sleep(millis);
      long bytes = received.sum();
      long started = System.nanoTime();
      TimeUnit.MILLISECONDS.sleep(millis);
      return (received.sum() - bytes) * 1e3 / (System.nanoTime() - started);
    } finally {
      open.forEach(channel -> channel.close().awaitUninterruptibly());
      senders.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
      receivers.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
      block.release();
    }
  }

  private static long counted(LongAdder received, long least, long millis)
      throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    while (received.sum() < least && System.nanoTime() < deadline) {
      TimeUnit.MILLISECONDS.sleep(1);
    }
    return received.sum();
  }

  private static EventLoopGroup loops(String name) {
    return new MultiThreadIoEventLoopGroup(
        CONNECTIONS, new DefaultThreadFactory(name, true), NioIoHandler.newFactory());
  }

  private static ByteBuf randomBlock() {
    byte[] random = new byte[BLOCK_BYTES];
    new Random(1).nextBytes(random);
    return Unpooled.directBuffer(BLOCK_BYTES).writeBytes(random);
  }

  private static Channel listen(
      EventLoopGroup group, SslContext tls, boolean hashed, LongAdder received) throws IOException {
    return opened(
        new ServerBootstrap()
            .group(group)
            .channel(NioServerSocketChannel.class)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    channel
                        .pipeline()
                        .addLast(
                            TlsContexts.accepting(tls, channel.alloc()),
                            PeerGate.atCoordinator(Clock.systemUTC()),
                            new Receiver(hashed, received));
                  }
                })
            .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)));
  }

  private static Channel dial(
      EventLoopGroup group, SslContext tls, String host, int port, ByteBuf block)
      throws IOException {
    return opened(
        new Bootstrap()
            .group(group)
            .channel(NioSocketChannel.class)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(
                ChannelOption.WRITE_BUFFER_WATER_MARK,
                new WriteBufferWaterMark(LOW_WATER_BYTES, HIGH_WATER_BYTES))
            .handler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    channel
                        .pipeline()
                        .addLast(
                            TlsContexts.dialing(tls, channel.alloc(), host, port),
                            PeerGate.atSite(host + ":" + port, Clock.systemUTC()),
                            new Sender(block));
                  }
                })
            .connect(host, port));
  }

  private static Channel opened(ChannelFuture opening) throws IOException {
    opening.awaitUninterruptibly();
    if (!opening.isSuccess()) {
      throw new IOException("loopback: " + opening.cause().getMessage(), opening.cause());
    }
    return opening.channel();
  }

  /** Writes the block again and again while the channel takes it. */
  private static final class Sender extends ChannelInboundHandlerAdapter {
    private final ByteBuf block;
    private boolean open;
    private boolean turnScheduled;

    Sender(ByteBuf block) {
      this.block = block;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      if (event instanceof PeerGate.Opened) {
        open = true;
        scheduleTurn(context);
      }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
      scheduleTurn(context);
    }

    private void scheduleTurn(ChannelHandlerContext context) {
      if (open && !turnScheduled && writable(context)) {
        turnScheduled = true;
        context.executor().execute(() -> turn(context));
      }
    }

    private static boolean writable(ChannelHandlerContext context) {
      return context.channel().isActive() && context.channel().isWritable();
    }

    /** Writes no more than the high-water mark, then lets the other connections of the loop. */
    private void turn(ChannelHandlerContext context) {
      turnScheduled = false;
      for (int room = HIGH_WATER_BYTES; room > 0 && writable(context); room -= BLOCK_BYTES) {
        var unused = context.write(block.retainedDuplicate());
      }
      context.flush();
      scheduleTurn(context);
    }
  }

  /** Counts, and hashes if it is to. */
  private static final class Receiver extends ChannelInboundHandlerAdapter {
    private final MessageDigest sha256; // null: not
    private final LongAdder received;

    Receiver(boolean hashed, LongAdder received) {
      this.sha256 = hashed ? sha256() : null;
      this.received = received;
    }

    private static MessageDigest sha256() {
      try {
        return MessageDigest.getInstance("SHA-256");
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("this Java runtime has no SHA-256", e);
      }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ByteBuf bytes = (ByteBuf) message;
      try {
        if (sha256 != null) {
          for (ByteBuffer part : bytes.nioBuffers()) {
            sha256.update(part);
          }
        }
        received.add(bytes.readableBytes());
      } finally {
        bytes.release();
      }
    }
  }
}
