package io.tributary.common.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.Test;

class ConnectionQuotaTest {
  private final ConnectionQuota quota =
      new ConnectionQuota(
          Limits.with(
              l -> {
                l.connections = 3;
                l.handshakes = 2;
              }));

  @Test
  void boundsUnfinishedHandshakesApartFromConnections() {
    ConnectionQuota.Share first = quota.take(new EmbeddedChannel());
    assertThat(quota.take(new EmbeddedChannel())).isNotNull();
    assertThat(quota.take(new EmbeddedChannel())).isNull();
    first.opened();
    first.opened(); // counted once
    assertThat(quota.take(new EmbeddedChannel())).isNotNull();
    assertThat(quota.take(new EmbeddedChannel())).isNull();
    assertThat(quota)
        .hasToString("3 of at most 3 connections, 2 of at most 2 unfinished handshakes");
  }

  @Test
  void givesBackWhatAClosedChannelHeld() {
    EmbeddedChannel shaking = new EmbeddedChannel();
    EmbeddedChannel open = new EmbeddedChannel();
    quota.take(shaking);
    quota.take(open).opened();
    shaking.finishAndReleaseAll();
    open.finishAndReleaseAll();
    assertThat(quota)
        .hasToString("0 of at most 3 connections, 0 of at most 2 unfinished handshakes");
  }
}
