package io.tributary.simulation.virtual;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.ChunkSet;
import io.tributary.common.wire.ChunkSource;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.ProtocolException;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.WireConnection;
import io.tributary.common.wire.WireListener;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.Farewell;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class MemoryConnectionTest {
  private static final TaskId TASK = new TaskId("run", 1, 1, TaskId.Kind.TRAIN);
  private static final byte[] BLOB = {1, 2, 3, 4, 5, 6, 7};

  private final VirtualLoop loop = new VirtualLoop();
  private final List<String> coordinatorHeard = new ArrayList<>();
  private final List<String> siteHeard = new ArrayList<>();
  private final List<ByteBuf> buffers = new ArrayList<>();
  private int pauseAfter = Integer.MAX_VALUE;
  private boolean refuses;

  private final MemoryConnection connection =
      new MemoryConnection(
          loop,
          new SiteName("north"),
          new WireListener() {
            @Override
            public void opened(WireConnection opened) {
              coordinatorHeard.add("opened");
            }

            @Override
            public void control(WireConnection from, Envelope message) {
              if (refuses) {
                throw new ProtocolException("nonsense");
              }
              coordinatorHeard.add(message.getFarewell().getReason());
            }

            @Override
            public void chunk(WireConnection from, TaskId task, int index, ByteBuf data) {
              buffers.add(data);
              coordinatorHeard.add(index + ":" + ByteBufUtil.hexDump(data));
              if (coordinatorHeard.size() == pauseAfter) {
                from.pauseReading();
              }
            }

            @Override
            public void closed(WireConnection gone, String reason) {
              coordinatorHeard.add("closed: " + reason);
            }
          },
          new MemoryConnection.Site() {
            @Override
            public void received(Envelope message) {
              siteHeard.add(message.getFarewell().getReason());
            }

            @Override
            public void chunk(TaskId task, int index, ByteBuf data) {
              buffers.add(data);
              siteHeard.add(index + ":" + ByteBufUtil.hexDump(data));
            }

            @Override
            public void closedByCoordinator(String reason) {
              siteHeard.add("closed: " + reason);
            }
          });

  private static Envelope word(String text) {
    return Envelope.newBuilder().setFarewell(Farewell.newBuilder().setReason(text)).build();
  }

  private static ChunkSource source() {
    ByteBuffer bytes = ByteBuffer.wrap(BLOB);
    return ChunkSource.ofBytes(bytes, Manifest.of(bytes, 3));
  }

  private void settle() {
    assertThat(loop.runUntil(() -> false)).isFalse();
    assertThat(buffers).allSatisfy(buffer -> assertThat(buffer.refCnt()).isZero());
  }

  @Test
  void whatASiteSendsArrivesInOrderAndOnlyWhatIsLacking() {
    ChunkSet lacking = ChunkSet.all(3);
    lacking.remove(1);
    connection.connect();
    connection.tell(word("before"));
    connection.upload(TASK, source(), lacking);
    connection.tell(word("after"));
    settle();
    assertThat(coordinatorHeard).containsExactly("opened", "before", "0:010203", "2:07", "after");
    assertThat(connection.bytesReceived()).isGreaterThan(4);
  }

  @Test
  void aPausedCoordinatorHearsNothingUntilItReadsOn() {
    pauseAfter = 2;
    connection.connect();
    connection.upload(TASK, source(), ChunkSet.all(3));
    settle();
    assertThat(coordinatorHeard).containsExactly("opened", "0:010203");
    connection.resumeReading();
    settle();
    assertThat(coordinatorHeard).containsExactly("opened", "0:010203", "1:040506", "2:07");
  }

  @Test
  void aModelIsSentAndACancelledOneIsNot() {
    connection.connect();
    CompletableFuture<Void> cancelled = connection.sendChunks(TASK, source(), ChunkSet.all(3));
    assertThat(cancelled.cancel(false)).isTrue();
    CompletableFuture<Void> sent = connection.sendChunks(TASK, source(), ChunkSet.all(3));
    settle();
    assertThat(sent).isCompleted();
    assertThat(siteHeard).containsExactly("0:010203", "1:040506", "2:07");
    assertThat(connection.bytesSent()).isEqualTo(7);
  }

  @Test
  void whatWasSentBeforeACloseStillArrivesAndBothSidesHearOfItOnce() {
    connection.connect();
    connection.send(word("last"));
    connection.close("over");
    connection.close("over again");
    connection.send(word("too late"));
    settle();
    assertThat(siteHeard).containsExactly("last", "closed: over");
    assertThat(coordinatorHeard).containsExactly("opened", "closed: over");
    assertThat(connection.isOpen()).isFalse();
  }

  @Test
  void aSiteThatDropsOutIsGoneAtOnceForBothDirections() {
    connection.connect();
    connection.tell(word("never sent"));
    connection.send(word("never heard"));
    connection.drop("gone");
    connection.drop("gone twice");
    settle();
    assertThat(coordinatorHeard).containsExactly("opened", "closed: gone");
    assertThat(siteHeard).isEmpty();
  }

  @Test
  void aBrokenProtocolClosesTheConnection() {
    refuses = true;
    connection.connect();
    connection.tell(word("nonsense"));
    settle();
    assertThat(coordinatorHeard).containsExactly("opened", "closed: refused: nonsense");
    assertThat(siteHeard).containsExactly("closed: refused: nonsense");
  }
}
