package io.tributary.common.tls;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import java.nio.channels.ClosedChannelException;
import java.time.Clock;
import javax.net.ssl.SSLException;

/**
 * Stands right behind the {@code SslHandler} and lets nothing through until the peer has proved its
 * role and agreed on {@link TlsContexts#PROTOCOL}.
 *
 * <p>The rest of the pipeline hears one of two user events: {@link Opened} or {@link Refused}.
 * After {@link Refused} the channel is closing and no message follows. At a site a {@link Refused}
 * may still follow {@link Opened}: in TLS 1.3 the client's handshake ends before the coordinator
 * has looked at the client's certificate. One gate serves one channel.
 */
public final class PeerGate extends ChannelInboundHandlerAdapter {
  /**
   * The peer is who it should be.
   *
   * @param peer its identity
   */
  public record Opened(PeerIdentity peer) {}

  /**
   * The peer was refused, or refused us; the channel is closing.
   *
   * @param reason one line for the log or the user
   */
  public record Refused(String reason) {}

  private enum State {
    HANDSHAKING,
    OPEN,
    REFUSED
  }

  private final CertificateRole self;
  private final CertificateRole expected;
  private final String dialed;
  private final Clock clock;
  private State state = State.HANDSHAKING;
  private boolean heardFromPeer;

  private PeerGate(CertificateRole self, CertificateRole expected, String dialed, Clock clock) {
    this.self = self;
    this.expected = expected;
    this.dialed = dialed;
    this.clock = clock;
  }

  /** Makes the gate of a connection that the coordinator accepted. */
  public static PeerGate atCoordinator(Clock clock) {
    return new PeerGate(CertificateRole.COORDINATOR, CertificateRole.SITE, null, clock);
  }

  /**
   * Makes the gate of a connection that a site opened.
   *
   * @param dialed {@code host:port} as the user wrote it, for messages
   */
  public static PeerGate atSite(String dialed, Clock clock) {
    return new PeerGate(CertificateRole.SITE, CertificateRole.COORDINATOR, dialed, clock);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    ctx.fireUserEventTriggered(event); // first, because a refusal takes the pipeline down
    if (event instanceof SslHandshakeCompletionEvent done && state == State.HANDSHAKING) {
      if (done.isSuccess()) {
        examine(ctx);
      } else {
        refuse(ctx, TlsFailure.explain(done.cause(), self, peer(ctx)));
      }
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (state == State.OPEN) {
      heardFromPeer = true;
      ctx.fireChannelRead(message);
    } else {
      ReferenceCountUtil.release(message);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    boolean isTls = cause instanceof SSLException || cause.getCause() instanceof SSLException;
    if (state == State.OPEN && !isTls && !isLateRefusal()) {
      ctx.fireExceptionCaught(cause);
    } else if (state != State.REFUSED) {
      refuse(ctx, TlsFailure.explain(cause, self, peer(ctx)));
    } // else: the reason is known already; SslHandler repeats it as an exception.
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (state == State.OPEN && isLateRefusal()) {
      refuse(ctx, TlsFailure.explain(new ClosedChannelException(), self, peer(ctx)));
    }
    ctx.fireChannelInactive();
  }

  /**
   * The coordinator's alert is lost when the site has written in the meantime (the kernel answers
   * with a reset), so an end before the first word counts as a refusal too.
   */
  private boolean isLateRefusal() {
    return self == CertificateRole.SITE && !heardFromPeer;
  }

  private void examine(ChannelHandlerContext ctx) {
    SslHandler tls = ctx.pipeline().get(SslHandler.class);
    String protocol = tls.applicationProtocol();
    if (!TlsContexts.PROTOCOL.equals(protocol)) {
      refuse(ctx, TlsFailure.otherProtocol(protocol, self, peer(ctx)));
      return;
    }
    PeerIdentity peer;
    try {
      peer = PeerIdentity.of(tls.engine().getSession(), expected, clock);
    } catch (PeerRefusedException e) {
      refuse(ctx, TlsFailure.explain(e, self, peer(ctx)));
      return;
    }
    state = State.OPEN;
    ctx.fireUserEventTriggered(new Opened(peer));
  }

  private void refuse(ChannelHandlerContext ctx, String reason) {
    state = State.REFUSED;
    ctx.fireUserEventTriggered(new Refused(reason));
    var unused = ctx.close(); // whoever waits for the end listens to the channel's close future
  }

  private String peer(ChannelHandlerContext ctx) {
    return dialed != null ? dialed : String.valueOf(ctx.channel().remoteAddress());
  }
}
