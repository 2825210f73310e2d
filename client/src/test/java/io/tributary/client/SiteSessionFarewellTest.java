package io.tributary.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.common.store.CrashPoint;
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
import java.util.concurrent.atomic.AtomicBoolean;
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
            null,
            CrashPoint.NONE,
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

  /** A resume may arrive after the pause that followed it; the next message must pause again. */
  @Test
  void readsNoFurtherThanItsBoundAlthoughAResumeComesLate() {
    AtomicBoolean reading = new AtomicBoolean(true);
    List<Boolean> onTheirWay = new ArrayList<>();
    WireConnection connection =
        (WireConnection)
            Proxy.newProxyInstance(
                WireConnection.class.getClassLoader(),
                new Class<?>[] {WireConnection.class},
                (proxy, method, arguments) -> {
                  switch (method.getName()) {
                    case "pauseReading" -> reading.set(false);
                    case "resumeReading" -> onTheirWay.add(true);
                    default -> {}
                  }
                  return method.getReturnType() == boolean.class ? Boolean.FALSE : null;
                });
    SiteSession session =
        new SiteSession(
            WireLimits.DEFAULT,
            new SessionBounds(1_000, 2),
            agentThread::add,
            Clock.systemUTC(),
            null,
            null,
            CrashPoint.NONE,
            this);
    Envelope message = Envelope.newBuilder().setTaskOffer(TaskOffer.getDefaultInstance()).build();
    session.opened(connection);
    agentThread.remove().run();
    session.control(connection, message);
    session.control(connection, message);
    assertThat(reading).isFalse();
    agentThread.remove().run();
    session.control(connection, message);
    assertThat(onTheirWay).hasSize(1);
    reading.set(true); // the resume takes effect only now
    session.control(connection, message);
    assertThat(reading).isFalse();
  }

  @Override
  public void opened(SiteSession session) {
    heard.add("opened");
  }

  @Override
  public void succeeded(SiteSession session) {
    heard.add("succeeded");
  }

  @Override
  public void settled(SiteSession session) {
    heard.add("settled");
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
