package io.tributary.common.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.InvalidProtocolBufferException;
import io.netty.buffer.ByteBuf;
import io.netty.handler.ssl.SslContext;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.tls.CertificateRole;
import io.tributary.common.tls.PeerIdentity;
import io.tributary.common.tls.SiteName;
import io.tributary.common.tls.TlsMaterial;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.Hello;
import io.tributary.common.wire.v1.Refusal;
import io.tributary.common.wire.v1.RefusalCode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Whom the server lets in and throws out, over real TLS, and that nobody else notices. */
@ExtendWith(NoLeaks.class)
class WireServerTest {
  private static final TaskId TASK = new TaskId("run", 1, 1, TaskId.Kind.TRAIN);
  private static final String ALPN = "tributary/1";

  private final Federation federation;
  private final Map<String, RecordingListener> listeners = new ConcurrentHashMap<>();
  private LogCapture log;
  private WireServer server;
  private WireClient client;

  WireServerTest() throws Exception {
    federation = new Federation();
  }

  @BeforeEach
  void start() throws Exception {
    log = LogCapture.ofWire();
    server = start(Limits.with(l -> l.closeMillis = 500));
    client = new WireClient(Clock.systemUTC());
  }

  private WireServer start(WireLimits limits) throws Exception {
    return WireServer.start(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
        federation.coordinator(),
        limits,
        "test 1",
        this::listener,
        Clock.systemUTC());
  }

  private RecordingListener listener(PeerIdentity.Site site) {
    return listener(site.name().value());
  }

  private RecordingListener listener(String site) {
    return listeners.computeIfAbsent(site, name -> new RecordingListener());
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
    log.close();
  }

  private CompletableFuture<WireConnection> dial(
      String site, SslContext tls, WireListener listener) {
    return client.connect(
        "localhost",
        server.port(),
        tls,
        WireLimits.DEFAULT,
        new SiteName(site),
        "test 1",
        listener);
  }

  private WireConnection connect(String site, WireListener listener) throws Exception {
    return dial(site, federation.site(site), listener)
        .get(RecordingListener.PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  private static WireConnectException failureOf(CompletableFuture<WireConnection> dialed) {
    try {
      dialed.get(RecordingListener.PATIENCE_SECONDS, TimeUnit.SECONDS);
      throw new AssertionError("the connection opened");
    } catch (ExecutionException e) {
      return (WireConnectException) e.getCause();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] frame(int kind, byte[] payload) {
    return ByteBuffer.allocate(5 + payload.length)
        .putInt(payload.length)
        .put((byte) kind)
        .put(payload)
        .array();
  }

  private static byte[] hello(String site) {
    Hello hello = Hello.newBuilder().addProtocolVersions(1).setSiteName(site).build();
    return frame(1, Envelope.newBuilder().setHello(hello).build().toByteArray());
  }

  /** Returns the refusal among the frames that a raw peer heard. */
  private static Refusal refusalIn(byte[] heard) throws InvalidProtocolBufferException {
    ByteBuffer frames = ByteBuffer.wrap(heard);
    while (frames.remaining() > 5) {
      byte[] payload = new byte[frames.getInt()];
      frames.get(); // kind
      frames.get(payload);
      Envelope message = Envelope.parseFrom(payload);
      if (message.hasRefusal()) {
        return message.getRefusal();
      }
    }
    throw new AssertionError("no refusal among " + heard.length + " bytes");
  }

  private void badPeers() throws Exception {
    try (RawPeer http = RawPeer.plain(server.port())) {
      http.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      http.untilClosed();
    }
    try (RawPeer noise = RawPeer.plain(server.port())) {
      byte[] bytes = new byte[100_000];
      new Random(2).nextBytes(bytes);
      noise.say(bytes);
      noise.untilClosed();
    }
    try (RawPeer browser = RawPeer.tls(server.port(), federation.siteMaterial("web"), "h2")) {
      assertThat(browser.untilClosed()).isEmpty();
    }
    TlsMaterial foreign = new Federation().siteMaterial("intruder");
    TlsMaterial intruder =
        new TlsMaterial(
            CertificateRole.SITE,
            federation.siteMaterial("x").root(),
            foreign.chain(),
            foreign.key());
    try (RawPeer peer = RawPeer.tls(server.port(), intruder, ALPN)) {
      peer.say(hello("intruder"));
      assertThat(peer.untilClosed()).isEmpty();
    }
    assertRefused(frame(7, new byte[0]), "frame kind is 7");
    assertRefused(new byte[] {0x7f, -1, -1, -1, 1}, "control frame announces 2147483647 bytes");
    assertRefused(new byte[] {0x7f, -1, -1, -1, 2}, "chunk frame announces 2147483647 bytes");
    assertRefused(frame(1, new byte[] {(byte) 0xa2, 0x06, 0}), "envelope holds no message");
    assertRefused(frame(1, new byte[0]), "envelope holds no message");
    assertRefused(frame(2, new byte[] {0, 0, 1}), "task key: kind is neither");
  }

  /** A site with a good certificate and hello that then sends bad frames. */
  private void assertRefused(byte[] bad, String reason) throws Exception {
    try (RawPeer insider = RawPeer.tls(server.port(), federation.siteMaterial("mallory"), ALPN)) {
      insider.say(hello("mallory"));
      insider.say(bad);
      assertThat(refusalIn(insider.untilClosed()).getReason()).startsWith(reason);
    }
    assertThat(listeners.remove("mallory").awaitClosed()).contains(reason);
    assertThat(log.lines()).anyMatch(l -> l.startsWith("site mallory at") && l.contains(reason));
  }

  @Test
  void badPeersAreThrownOutAndAGoodOneNoticesNothing() throws Exception {
    int chunkBytes = 64 << 10;
    int count = 256;
    ByteBuffer content = ByteBuffer.allocate(count * chunkBytes);
    Manifest manifest = Manifest.of(content, chunkBytes);
    ChunkSet verified = ChunkSet.none(count);
    CompletableFuture<Void> half = new CompletableFuture<>();
    CompletableFuture<Void> released = new CompletableFuture<>();
    CompletableFuture<Void> all = new CompletableFuture<>();
    RecordingListener good =
        new RecordingListener() {
          @Override
          public void chunk(WireConnection connection, TaskId task, int index, ByteBuf data) {
            super.chunk(connection, task, index, data);
            assertThat(manifest.verifies(index, data)).isTrue();
            assertThat(verified.add(index)).isTrue();
            if (verified.cardinality() == count / 2) {
              // Stays in the middle of its transfer for as long as the bad ones are at work.
              connection.pauseReading();
              var unused = released.thenRun(connection::resumeReading);
              half.complete(null);
            }
            if (verified.cardinality() == count) {
              all.complete(null);
            }
          }
        };
    listeners.put("north", good);
    RecordingListener atNorth = new RecordingListener();
    CompletableFuture<Void> sent =
        connect("north", atNorth)
            .sendChunks(TASK, ChunkSource.ofBytes(content, manifest), ChunkSet.all(count));
    half.get(RecordingListener.PATIENCE_SECONDS, TimeUnit.SECONDS);
    badPeers();
    released.complete(null);
    all.get(RecordingListener.PATIENCE_SECONDS, TimeUnit.SECONDS);
    sent.get(RecordingListener.PATIENCE_SECONDS, TimeUnit.SECONDS);
    assertThat(atNorth.closed).isNotDone();
    assertThat(good.closed).isNotDone();
    assertThat(listeners.keySet()).containsExactly("north");
  }

  @Test
  void logsOneLineForEachStranger() throws Exception {
    try (RawPeer http = RawPeer.plain(server.port())) {
      http.say("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      http.untilClosed();
    }
    server.close();
    assertThat(log.lines()).hasSize(1);
    assertThat(log.lines().get(0)).contains("never connected").contains("does not speak TLS");
  }

  @Test
  void refusesASiteOfAnotherAuthorityAndTellsItWhatToDo() throws Exception {
    SslContext foreign = new Federation().site("north");
    WireConnectException failure = failureOf(dial("north", foreign, new RecordingListener()));
    assertThat(failure).hasMessageContaining("localhost:" + server.port());
    assertThat(failure.mayPass()).isTrue();
    assertThat(listeners).isEmpty();
  }

  @Test
  void refusesASiteUnderAnotherNameForGood() throws Exception {
    WireConnectException failure =
        failureOf(dial("south", federation.site("north"), new RecordingListener()));
    assertThat(failure)
        .hasMessageContaining("the peer refused: IDENTITY: hello names the site \"south\"");
    assertThat(failure.refusal()).contains(RefusalCode.REFUSAL_CODE_IDENTITY);
    assertThat(failure.mayPass()).isFalse();
  }

  @Test
  void turnsAwayWhatIsBeyondTheConnectionLimit() throws Exception {
    server.close();
    server = start(Limits.with(l -> l.connections = 1));
    RecordingListener first = new RecordingListener();
    WireConnection held = connect("north", first);
    failureOf(dial("south", federation.site("south"), new RecordingListener()));
    assertThat(log.lines()).anyMatch(line -> line.contains("turned away: no room beside"));
    assertThat(held.isOpen()).isTrue();
    held.close("done");
    listener("north").awaitClosed();
  }

  @Test
  void tellsItsSitesThatItShutsDown() throws Exception {
    RecordingListener site = new RecordingListener();
    connect("north", site);
    listener("north").awaitOpened();
    server.close();
    assertThat(site.awaitClosed())
        .isEqualTo("the peer refused: SHUTTING_DOWN: the coordinator shuts down");
    assertThat(listener("north").closed).isDone();
    assertThat(listener("north").closings).hasValue(1);
  }

  @Test
  void aFailingAdmissionRefusesOnlyThatSite() throws Exception {
    server.close();
    server =
        WireServer.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            federation.coordinator(),
            WireLimits.DEFAULT,
            "test 1",
            site -> {
              if (site.name().value().equals("south")) {
                throw new ProtocolException(RefusalCode.REFUSAL_CODE_IDENTITY, "south was revoked");
              }
              return listener(site);
            },
            Clock.systemUTC());
    connect("north", new RecordingListener());
    assertThat(failureOf(dial("south", federation.site("south"), new RecordingListener())))
        .hasMessageContaining("IDENTITY: south was revoked");
    assertThat(listener("north").awaitOpened().isOpen()).isTrue();
  }

  @Test
  void explainsAPortThatIsTaken() throws Exception {
    InetSocketAddress taken =
        new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port());
    SslContext tls = federation.coordinator();
    assertThatThrownBy(
            () ->
                WireServer.start(
                    taken, tls, WireLimits.DEFAULT, "test 1", this::listener, Clock.systemUTC()))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("cannot listen on")
        .hasMessageContaining(":" + server.port())
        .hasMessageContaining("or the port taken?");
  }

  @Test
  void explainsThatNobodyListens() throws Exception {
    int free;
    try (ServerSocket probe = new ServerSocket(0)) {
      free = probe.getLocalPort();
    }
    CompletableFuture<WireConnection> dialed =
        client.connect(
            "localhost",
            free,
            federation.site("north"),
            WireLimits.DEFAULT,
            new SiteName("north"),
            "test 1",
            new RecordingListener());
    assertThat(failureOf(dialed)).hasMessageContaining("nothing accepts connections");
  }

  @Test
  void aCancelledConnectLeavesNoConnectionBehind() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      CompletableFuture<WireConnection> dialed =
          client.connect(
              "localhost",
              silent.getLocalPort(),
              federation.site("north"),
              WireLimits.DEFAULT,
              new SiteName("north"),
              "test 1",
              new RecordingListener());
      try (Socket accepted = silent.accept()) {
        accepted.setSoTimeout(20_000);
        assertThat(dialed.cancel(true)).isTrue();
        drain(accepted);
      }
    }
  }

  private static void drain(Socket socket) throws IOException {
    byte[] buffer = new byte[4096];
    int read = 0;
    while (read >= 0) {
      read = socket.getInputStream().read(buffer); // -1 once the other end has closed
    }
  }
}
