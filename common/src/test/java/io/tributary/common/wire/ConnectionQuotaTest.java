package io.tributary.common.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ConnectionQuotaTest {
  private final ConnectionQuota quota =
      new ConnectionQuota(
          Limits.with(
              l -> {
                l.connections = 6;
                l.handshakes = 4;
              }));
  private LogCapture log;

  @BeforeEach
  void listen() {
    log = LogCapture.ofWire();
  }

  @AfterEach
  void stopListening() {
    log.close();
  }

  private static EmbeddedChannel from(String address) {
    return new EmbeddedChannel() {
      @Override
      protected SocketAddress remoteAddress0() {
        return new InetSocketAddress(address, 4711);
      }
    };
  }

  @Test
  void closesTheOldestUnfinishedHandshakeInFavourOfANewOne() {
    List<EmbeddedChannel> strangers = new ArrayList<>();
    for (int i = 1; i <= 4; i++) {
      strangers.add(from("10.0.0." + i));
      assertThat(quota.take(strangers.get(i - 1))).isNotNull();
    }
    EmbeddedChannel site = from("10.0.1.1");
    ConnectionQuota.Share share = quota.take(site);
    assertThat(share).isNotNull();
    assertThat(strangers.get(0).isOpen()).isFalse();
    assertThat(strangers.subList(1, 4)).allMatch(EmbeddedChannel::isOpen);
    share.opened();
    for (int i = 0; i < 10; i++) {
      assertThat(quota.take(from("10.0.2." + i))).isNotNull();
    }
    assertThat(site.isOpen()).isTrue();
    assertThat(quota)
        .hasToString("5 of at most 6 connections, 4 of at most 4 unfinished handshakes");
  }

  @Test
  void oneAddressHoldsHalfOfTheHandshakesAtMost() {
    EmbeddedChannel site = from("10.0.1.1");
    quota.take(site);
    EmbeddedChannel first = from("10.0.0.1");
    quota.take(first);
    for (int i = 0; i < 10; i++) {
      assertThat(quota.take(from("10.0.0.1"))).isNotNull();
    }
    assertThat(first.isOpen()).isFalse();
    assertThat(site.isOpen()).isTrue();
    assertThat(quota)
        .hasToString("3 of at most 6 connections, 3 of at most 4 unfinished handshakes");
  }

  @Test
  void loopbackIsManyPeers() {
    List<EmbeddedChannel> sites = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      sites.add(from("127.0.0.1"));
      quota.take(sites.get(i));
    }
    assertThat(sites).allMatch(EmbeddedChannel::isOpen);
  }

  @Test
  void turnsAwayWhoComesWhenAllConnectionsAreTaken() {
    for (int i = 0; i < 6; i++) {
      ConnectionQuota.Share share = quota.take(new EmbeddedChannel());
      share.opened();
      share.opened(); // counted once
    }
    assertThat(quota.take(new EmbeddedChannel())).isNull();
    assertThat(quota)
        .hasToString("6 of at most 6 connections, 0 of at most 4 unfinished handshakes");
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
        .hasToString("0 of at most 6 connections, 0 of at most 4 unfinished handshakes");
  }
}
