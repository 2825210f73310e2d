package io.tributary.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.common.tls.SiteName;
import io.tributary.common.tls.TlsContexts;
import io.tributary.common.tls.TlsMaterial;
import io.tributary.common.tls.TlsProvider;
import io.tributary.common.wire.WireClient;
import io.tributary.common.wire.WireConnectException;
import io.tributary.common.wire.WireConnection;
import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Real handshakes: the words that {@link ConnectFailure} knows are those that TLS failures get. */
@Timeout(30)
final class ConnectFailureTest {
  @TempDir private Path directory;

  private TestFederation ours;
  private TestFederation theirs;

  @BeforeEach
  void authorities() {
    ours = new TestFederation(directory.resolve("ours"));
    theirs = new TestFederation(directory.resolve("theirs"));
  }

  private static WireConnectException connect(
      TlsMaterial site, TlsProvider provider, String as, String host, int port) throws Exception {
    try (WireClient client = new WireClient(Clock.systemUTC())) {
      CompletableFuture<WireConnection> connection =
          client.connect(
              host,
              port,
              TlsContexts.forSite(site, provider),
              TestJobs.LIMITS,
              new SiteName(as),
              "test",
              new NoListener());
      Throwable failure = connection.handle((opened, failed) -> failed).get(20, TimeUnit.SECONDS);
      assertThat(failure).isInstanceOf(WireConnectException.class);
      return (WireConnectException) failure;
    }
  }

  @ParameterizedTest
  @EnumSource(TlsProvider.class)
  void aCoordinatorOfAnotherAuthorityIsPermanent(TlsProvider provider) throws Exception {
    try (FakeCoordinator foreign = new FakeCoordinator(theirs)) {
      WireConnectException failure =
          connect(
              ours.siteTrusting("north", ours.root()),
              provider,
              "north",
              "127.0.0.1",
              foreign.port());

      assertThat(ConnectFailure.isPermanent(failure)).as(failure.getMessage()).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource(TlsProvider.class)
  void aCertificateOfAnotherHostIsPermanent(TlsProvider provider) throws Exception {
    try (FakeCoordinator coordinator = new FakeCoordinator(ours)) {
      WireConnectException failure =
          connect(
              ours.siteTrusting("north", ours.root()),
              provider,
              "north",
              "127.0.0.2",
              coordinator.port());

      // Where loopback has one address only, nothing listens there: that is not permanent.
      assertThat(ConnectFailure.isPermanent(failure))
          .as(failure.getMessage())
          .isEqualTo(!failure.getMessage().contains("nothing accepts connections"));
    }
  }

  @ParameterizedTest
  @EnumSource(TlsProvider.class)
  void anotherNameThanTheCertificatesIsPermanent(TlsProvider provider) throws Exception {
    try (FakeCoordinator coordinator = new FakeCoordinator(ours)) {
      WireConnectException failure =
          connect(
              ours.siteTrusting("north", ours.root()),
              provider,
              "south",
              "127.0.0.1",
              coordinator.port());

      assertThat(ConnectFailure.isPermanent(failure)).as(failure.getMessage()).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource(TlsProvider.class)
  void nobodyListeningIsNotPermanent(TlsProvider provider) throws Exception {
    int port;
    try (FakeCoordinator gone = new FakeCoordinator(ours)) {
      port = gone.port();
    }
    WireConnectException failure =
        connect(ours.siteTrusting("north", ours.root()), provider, "north", "127.0.0.1", port);

    assertThat(ConnectFailure.isPermanent(failure)).as(failure.getMessage()).isFalse();
  }

  @ParameterizedTest
  @EnumSource(TlsProvider.class)
  void aCertificateThatTheCoordinatorRefusesIsSaidSo(TlsProvider provider) throws Exception {
    try (FakeCoordinator coordinator = new FakeCoordinator(ours)) {
      WireConnectException failure =
          connect(
              theirs.siteTrusting("north", ours.root()),
              provider,
              "north",
              "127.0.0.1",
              coordinator.port());

      // The alert may be lost to a reset; then the coordinator's log says why, and the site
      // retries.
      assertThat(ConnectFailure.isPermanent(failure))
          .as(failure.getMessage())
          .isEqualTo(failure.getMessage().contains("refused this site's certificate"));
      assertThat(failure.getMessage())
          .containsAnyOf("refused this site's certificate", "closed the connection");
    }
  }
}
