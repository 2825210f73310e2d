package io.tributary.common.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.Farewell;
import io.tributary.common.wire.v1.Refusal;
import io.tributary.common.wire.v1.RefusalCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Blobs over real TLS on loopback: whole, resumed, held back, overtaken. */
@ExtendWith(NoLeaks.class)
class WireTransferTest {
  private static final TaskId TASK = new TaskId("run", 1, 1, TaskId.Kind.TRAIN);
  private static final int CHUNK_BYTES = 64 << 10;
  private static final WireLimits LIMITS =
      Limits.with(
          l -> {
            l.highWater = 256 << 10;
            l.lowWater = 128 << 10;
          });

  private final Federation federation;
  @TempDir Path directory;
  private WireServer server;
  private WireClient client;
  private volatile RecordingListener atServer = new RecordingListener();

  WireTransferTest() throws Exception {
    federation = new Federation();
  }

  @BeforeEach
  void start() throws Exception {
    server =
        WireServer.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            federation.coordinator(),
            LIMITS,
            "test 1",
            site -> atServer,
            Clock.systemUTC());
    client = new WireClient(Clock.systemUTC());
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  private WireConnection connect(WireListener listener) throws Exception {
    return client
        .connect(
            "localhost",
            server.port(),
            federation.site("north"),
            LIMITS,
            new SiteName("north"),
            "test 1",
            listener)
        .get(RecordingListener.PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  /** Spools what comes and says how many chunks it has verified. */
  private static class Spooling extends RecordingListener {
    final ChunkSpool spool;
    final CompletableFuture<Void> complete = new CompletableFuture<>();

    Spooling(ChunkSpool spool) {
      this.spool = spool;
    }

    @Override
    public void chunk(WireConnection connection, TaskId task, int index, ByteBuf data) {
      super.chunk(connection, task, index, data);
      try {
        spool.accept(index, data);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      if (spool.complete()) {
        complete.complete(null);
      }
    }
  }

  private static byte[] content(int chunks) {
    byte[] content = new byte[chunks * CHUNK_BYTES - 100];
    new Random(chunks).nextBytes(content);
    return content;
  }

  private static void await(CompletableFuture<?> future) throws Exception {
    future.get(RecordingListener.PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  @Test
  void carriesAModelDownAndAnUpdateUp() throws Exception {
    byte[] model = content(30);
    Path modelFile = Files.write(directory.resolve("model"), model);
    Manifest modelManifest = Manifest.of(modelFile, CHUNK_BYTES);
    byte[] update = content(29);
    Manifest updateManifest = Manifest.of(ByteBuffer.wrap(update), CHUNK_BYTES);
    try (ChunkSpool down = ChunkSpool.open(directory.resolve("down"), modelManifest);
        ChunkSpool up = ChunkSpool.open(directory.resolve("up"), updateManifest)) {
      Spooling site = new Spooling(down);
      Spooling coordinator = new Spooling(up);
      atServer = coordinator;
      WireConnection toCoordinator = connect(site);
      WireConnection toSite = coordinator.awaitOpened();
      CompletableFuture<Void> sentDown =
          toSite.sendChunks(TASK, ChunkSource.ofFile(modelFile, modelManifest), down.lacking());
      CompletableFuture<Void> sentUp =
          toCoordinator.sendChunks(
              TASK, ChunkSource.ofBytes(ByteBuffer.wrap(update), updateManifest), up.lacking());
      await(site.complete);
      await(coordinator.complete);
      await(sentDown);
      await(sentUp);
      assertThat(Files.readAllBytes(down.file())).isEqualTo(model);
      assertThat(Files.readAllBytes(up.file())).isEqualTo(update);
      assertThat(toSite.bytesReceived()).isBetween((long) update.length, update.length + 5_000L);
      assertThat(toSite.bytesSent()).isBetween((long) model.length, model.length + 5_000L);
      assertThat(toCoordinator.bytesReceived()).isEqualTo(toSite.bytesSent());
    }
  }

  @Test
  void resumesAfterACutWithOnlyTheLackingChunks() throws Exception {
    byte[] update = content(100);
    Manifest manifest = Manifest.of(ByteBuffer.wrap(update), CHUNK_BYTES);
    ChunkSource source = ChunkSource.ofBytes(ByteBuffer.wrap(update), manifest);
    Path file = directory.resolve("up");
    int had;
    try (ChunkSpool spool = ChunkSpool.open(file, manifest)) {
      atServer =
          new Spooling(spool) {
            @Override
            public void chunk(WireConnection connection, TaskId task, int index, ByteBuf data) {
              super.chunk(connection, task, index, data);
              if (chunks.get() == 20) {
                throw new ProtocolException("cut here");
              }
            }
          };
      RecordingListener cut = new RecordingListener();
      CompletableFuture<Void> first =
          connect(cut).sendChunks(TASK, source, ChunkSet.all(manifest.chunkCount()));
      cut.awaitClosed();
      atServer.awaitClosed();
      assertThat(first).isDone(); // taken by the operating system, or failed: never left hanging
      had = manifest.chunkCount() - spool.lacking().cardinality();
      assertThat(had).isEqualTo(20);
    }
    try (ChunkSpool spool = ChunkSpool.open(file, manifest)) { // as after a restart
      Spooling again = new Spooling(spool);
      atServer = again;
      CompletableFuture<Void> second =
          connect(new RecordingListener()).sendChunks(TASK, source, spool.lacking());
      await(again.complete);
      await(second);
      assertThat(again.chunks).hasValue(manifest.chunkCount() - had);
      long lackingBytes = update.length - (long) had * CHUNK_BYTES;
      assertThat(again.awaitOpened().bytesReceived())
          .isBetween(lackingBytes, lackingBytes + 10_000);
      assertThat(Files.readAllBytes(file)).isEqualTo(update);
    }
  }

  @Test
  void aSlowReaderHoldsTheSenderBackWithinBoundedMemory() throws Exception {
    Manifest manifest = Manifest.of(ByteBuffer.allocate(CHUNK_BYTES * 400), CHUNK_BYTES);
    AtomicLong readBytes = new AtomicLong();
    AtomicLong mostWaitingBytes = new AtomicLong();
    CompletableFuture<Void> some = new CompletableFuture<>();
    atServer =
        new RecordingListener() {
          @Override
          public void opened(WireConnection connection) {
            connection.pauseReading();
            super.opened(connection);
          }
        };
    WireConnection toCoordinator = connect(new RecordingListener());
    ChunkSource source =
        new ChunkSource() {
          @Override
          public Manifest manifest() {
            return manifest;
          }

          @Override
          public void read(int index, ByteBuf into) {
            into.writeZero(CHUNK_BYTES);
            long waiting = readBytes.addAndGet(CHUNK_BYTES) - toCoordinator.bytesSent();
            mostWaitingBytes.accumulateAndGet(waiting, Math::max);
            if (index == 3) {
              some.complete(null);
            }
          }
        };
    CompletableFuture<Void> done = toCoordinator.sendChunks(TASK, source, ChunkSet.all(400));
    await(some);
    assertThat(done).isNotDone(); // 25 MiB do not fit into the buffers of two sockets
    atServer.awaitOpened().resumeReading();
    await(done);
    assertThat(mostWaitingBytes.get()).isLessThan(LIMITS.outboundHighWaterBytes() + CHUNK_BYTES);
  }

  @Test
  void controlOvertakesATransferOnTheRealWire() throws Exception {
    Manifest manifest = Manifest.of(ByteBuffer.allocate(CHUNK_BYTES * 400), CHUNK_BYTES);
    AtomicInteger chunksBefore = new AtomicInteger(-1);
    atServer =
        new RecordingListener() {
          @Override
          public void control(WireConnection connection, Envelope message) {
            chunksBefore.set(chunks.get());
            super.control(connection, message);
          }
        };
    WireConnection toCoordinator = connect(new RecordingListener());
    CompletableFuture<Void> done =
        toCoordinator.sendChunks(
            TASK,
            ChunkSource.ofBytes(ByteBuffer.allocate(CHUNK_BYTES * 400), manifest),
            ChunkSet.all(400));
    toCoordinator.send(
        Envelope.newBuilder().setFarewell(Farewell.newBuilder().setRunId("run")).build());
    atServer.awaitControl();
    await(done);
    assertThat(chunksBefore.get()).isLessThan(200);
  }

  @Test
  void aRefusalReachesAPeerThatIsInTheMiddleOfSending() throws Exception {
    atServer = new RecordingListener();
    RecordingListener site = new RecordingListener();
    WireConnection toCoordinator = connect(site);
    Manifest manifest = Manifest.of(ByteBuffer.allocate(CHUNK_BYTES * 400), CHUNK_BYTES);
    CompletableFuture<Void> done =
        toCoordinator.sendChunks(
            TASK,
            ChunkSource.ofBytes(ByteBuffer.allocate(CHUNK_BYTES * 400), manifest),
            ChunkSet.all(400));
    atServer
        .awaitOpened()
        .close(
            Refusal.newBuilder()
                .setCode(RefusalCode.REFUSAL_CODE_REPLACED_BY_NEWER_CONNECTION)
                .setReason("the site connected again")
                .build());
    assertThat(site.awaitClosed())
        .isEqualTo("the peer refused: REPLACED_BY_NEWER_CONNECTION: the site connected again");
    assertThat(done).isDone();
    assertThat(atServer.awaitClosed())
        .isEqualTo("refused the peer: REPLACED_BY_NEWER_CONNECTION: the site connected again");
  }

  @Test
  void theLastMessageBeforeAQuietCloseArrives() throws Exception {
    RecordingListener site = new RecordingListener();
    connect(site);
    WireConnection toSite = atServer.awaitOpened();
    Envelope farewell =
        Envelope.newBuilder().setFarewell(Farewell.newBuilder().setCompleted(true)).build();
    toSite.send(farewell);
    toSite.close("the job is over");
    assertThat(site.awaitControl()).isEqualTo(farewell);
    assertThat(site.awaitClosed()).isEqualTo("the peer closed the connection");
    assertThat(atServer.awaitClosed()).isEqualTo("the job is over");
  }
}
