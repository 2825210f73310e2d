package io.tributary.common.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.nio.channels.ClosedChannelException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;

/** What the gate does besides a handshake; who passes it is tested with real ones. */
class PeerGateTest {
  private final List<Object> events = new ArrayList<>();
  private final ChannelInboundHandlerAdapter rest =
      new ChannelInboundHandlerAdapter() {
        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
          events.add(event);
        }
      };
  private final PeerGate gate = PeerGate.atSite("fed.example:7443", Clock.systemUTC());
  private final EmbeddedChannel channel = new EmbeddedChannel(gate, rest);

  @Test
  void letsNoMessageThroughBeforeItOpensAndReleasesIt() {
    ByteBuf early = Unpooled.buffer().writeByte(1);
    channel.writeInbound(early);
    assertThat(early.refCnt()).isZero();
    assertThat(channel.inboundMessages()).isEmpty();
    assertThat(events).isEmpty();
    assertThat(channel.finish()).isFalse();
  }

  @Test
  void refusesOnceAndClosesWhenTheHandshakeFails() {
    SSLHandshakeException failure = new SSLHandshakeException("Received fatal alert: unknown_ca");
    SslHandshakeCompletionEvent failed = new SslHandshakeCompletionEvent(failure);
    channel.pipeline().fireUserEventTriggered(failed);
    // SslHandler repeats the failure as an exception; an embedded channel has no handlers by then.
    gate.exceptionCaught(null, new DecoderException(failure));
    assertThat(channel.isOpen()).isFalse();
    assertThat(events)
        .hasSize(2)
        .contains(failed)
        .anyMatch(
            event ->
                event instanceof PeerGate.Refused refused
                    && refused.reason().contains("fed.example:7443")
                    && refused.reason().contains("alert unknown_ca"));
  }

  @Test
  void explainsATlsErrorThatComesWithoutAHandshakeEvent() {
    channel.pipeline().fireExceptionCaught(new DecoderException(new SSLHandshakeException("odd")));
    channel.checkException();
    assertThat(events).hasSize(1).first().isInstanceOf(PeerGate.Refused.class);
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void explainsAConnectionThatEndsEarly() {
    channel
        .pipeline()
        .fireUserEventTriggered(new SslHandshakeCompletionEvent(new ClosedChannelException()));
    assertThat(events)
        .contains(
            new PeerGate.Refused(
                "the coordinator at fed.example:7443 closed the connection during the TLS"
                    + " handshake: its log says why"));
  }
}
