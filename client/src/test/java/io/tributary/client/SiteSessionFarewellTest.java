package io.tributary.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.common.wire.WireConnection;
import io.tributary.common.wire.WireLimits;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.Farewell;
import io.tributary.common.wire.v1.TaskOffer;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

/** What a coordinator says last, when it closes before the agent's thread gets to it. */
class SiteSessionFarewellTest implements SiteSession.Host {
  private final Queue<Runnable> agentThread = new ArrayDeque<>();
  private final List<String> heard = new ArrayList<>();

  private static WireConnection closedConnection() {
    return (WireConnection)
        Proxy.newProxyInstance(
            WireConnection.class.getClassLoader(),
            new Class<?>[] {WireConnection.class},
            (proxy, method, arguments) ->
                method.getReturnType() == boolean.class ? Boolean.FALSE : null);
  }

  private void deliver(Envelope message) {
    SiteSession session =
        new SiteSession(
            WireLimits.DEFAULT,
            SessionBounds.DEFAULT,
            agentThread::add,
            Clock.systemUTC(),
            null,
            this);
    WireConnection connection = closedConnection();
    session.opened(connection);
    session.control(connection, message);
    session.closed(connection, "the peer closed the connection");
    while (!agentThread.isEmpty()) {
      agentThread.remove().run();
    }
  }

  @Test
  void aFarewellCountsAlthoughTheConnectionIsGoneAlready() {
    deliver(
        Envelope.newBuilder()
            .setFarewell(Farewell.newBuilder().setRunId("run").setCompleted(true))
            .build());
    assertThat(heard).containsExactly("opened", "farewell true", "closed");
  }

  @Test
  void anOfferDoesNotSinceItIsMadeAgain() {
    deliver(Envelope.newBuilder().setTaskOffer(TaskOffer.getDefaultInstance()).build());
    assertThat(heard).containsExactly("opened", "closed");
  }

  @Override
  public void opened(SiteSession session) {
    heard.add("opened");
  }

  @Override
  public void offered(SiteSession session) {
    heard.add("offered");
  }

  @Override
  public void farewell(SiteSession session, Farewell farewell) {
    heard.add("farewell " + farewell.getCompleted());
  }

  @Override
  public void closed(SiteSession session, String reason) {
    heard.add("closed");
  }
}
