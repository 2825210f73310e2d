package io.tributary.common.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.tributary.common.wire.v1.Envelope;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What a connection sends, in which order, and what it keeps waiting: nothing without a bound. */
class OutboundTest extends SessionOnTestClock {
  @Test
  void controlOvertakesChunksThatWait() {
    open();
    CompletableFuture<Void> done = session.sendChunks(TASK, source(40), ChunkSet.all(40));
    session.send(farewell(1));
    channel.runPendingTasks();
    List<Object> frames = sent();
    assertThat(frames).hasSize(41);
    assertThat(frames.indexOf(farewell(1))).isLessThanOrEqualTo(5); // 64 KiB of 16 KiB chunks
    assertThat(done).isCompleted();
  }

  @Test
  void sendsExactlyTheLackingChunksInOrder() {
    open();
    long before = session.bytesSent();
    ChunkSet lacking = ChunkSet.none(40);
    List.of(3, 17, 39).forEach(lacking::add);
    CompletableFuture<Void> done = session.sendChunks(TASK, source(40), lacking);
    lacking.add(0); // too late: it was copied
    channel.runPendingTasks();
    assertThat(sent()).isEqualTo(List.of(3, 17, 39));
    assertThat(done).isCompleted();
    assertThat(session.bytesSent() - before).isBetween(3L * (16 << 10), 3L * (16 << 10) + 200);
  }

  @Test
  void stopsAtTheHighWaterMarkAndGoesOnWhenThereIsRoom() {
    open();
    setWritable(false);
    CompletableFuture<Void> done = session.sendChunks(TASK, source(10), ChunkSet.all(10));
    channel.runPendingTasks();
    assertThat(sent()).isEmpty();
    setWritable(true);
    channel.runPendingTasks();
    assertThat(sent()).hasSize(10);
    assertThat(done).isCompleted();
  }

  private void setWritable(boolean writable) {
    channel.unsafe().outboundBuffer().setUserDefinedWritability(1, writable);
    channel.runPendingTasks();
  }

  /** A peer that reads at once still gets everything when others have used the budget up. */
  @Test
  void sendsOneChunkAtATimeWhileOthersUseTheBudgetUp() {
    open();
    List<ChannelPromise> onTheirWay = new ArrayList<>();
    channel
        .pipeline()
        .addFirst(
            new ChannelOutboundHandlerAdapter() {
              @Override
              public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
                ((ByteBuf) message).release();
                onTheirWay.add(promise);
              }
            });
    budget.written(1 << 20);
    CompletableFuture<Void> done = session.sendChunks(TASK, source(12), ChunkSet.all(12));
    for (int i = 0; i < 4; i++) {
      channel.runPendingTasks();
      assertThat(onTheirWay).hasSize(i + 1);
      onTheirWay.get(i).setSuccess();
    }
    budget.gone(1 << 20);
    channel.runPendingTasks();
    assertThat(onTheirWay).hasSize(12);
    onTheirWay.subList(4, 12).forEach(ChannelPromise::setSuccess);
    channel.runPendingTasks();
    assertThat(done).isCompleted();
    assertThat(budget.bytesInFlight()).isZero();
  }

  @Test
  void aCancelledTransferSendsNoMore() {
    open();
    setWritable(false);
    CompletableFuture<Void> first = session.sendChunks(TASK, source(10), ChunkSet.all(10));
    CompletableFuture<Void> second = session.sendChunks(TASK, source(1), ChunkSet.all(1));
    assertThat(first.cancel(false)).isTrue();
    setWritable(true);
    channel.runPendingTasks();
    assertThat(sent()).isEqualTo(List.of(0));
    assertThat(second).isCompleted();
  }

  @Test
  void aSourceThatFailsCostsOnlyItsTransfer() {
    open();
    ChunkSource good = source(1);
    ChunkSource broken =
        new ChunkSource() {
          @Override
          public Manifest manifest() {
            return good.manifest();
          }

          @Override
          public void read(int index, ByteBuf into) throws IOException {
            into.writeZero(5);
            throw new IOException("disk on fire");
          }
        };
    CompletableFuture<Void> failed = session.sendChunks(TASK, broken, ChunkSet.all(1));
    CompletableFuture<Void> fine = session.sendChunks(TASK, good, ChunkSet.all(1));
    channel.runPendingTasks();
    assertThatThrownBy(failed::join)
        .hasCauseInstanceOf(ChunkReadException.class)
        .hasMessageContaining("disk on fire");
    assertThat(fine).isCompleted();
    assertThat(sent()).hasSize(1);
    assertThat(session.isOpen()).isTrue();
  }

  @Test
  void boundsTheTransfersThatWait() {
    open();
    setWritable(false);
    CompletableFuture<Void> first = session.sendChunks(TASK, source(1), ChunkSet.all(1));
    CompletableFuture<Void> second = session.sendChunks(TASK, source(1), ChunkSet.all(1));
    CompletableFuture<Void> third = session.sendChunks(TASK, source(1), ChunkSet.all(1));
    assertThatThrownBy(third::join).hasMessageContaining("2 transfers wait on this connection");
    channel.finishAndReleaseAll();
    assertThatThrownBy(first::join).hasMessageContaining("site north at 10.0.0.1:4711");
    assertThatThrownBy(second::join).hasMessageContaining("site north at 10.0.0.1:4711");
    CompletableFuture<Void> late = session.sendChunks(TASK, source(1), ChunkSet.all(1));
    assertThatThrownBy(late::join).hasMessageContaining("site north at 10.0.0.1:4711");
  }

  @Test
  void closesAPeerThatNeverReadsItsControlMessages() {
    List<ByteBuf> held = new ArrayList<>();
    channel
        .pipeline()
        .addFirst(
            new ChannelOutboundHandlerAdapter() {
              @Override
              public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
                held.add((ByteBuf) message);
              }
            });
    secure();
    receive(hello("north", 1));
    int messages = 0;
    while (session.isOpen()) {
      session.send(farewell(100_000));
      messages++;
      assertThat(messages).isLessThan(100);
    }
    assertThat(messages).isBetween(41, 43); // 4 MiB
    assertThat(listener.closed)
        .isCompletedWithValue(
            "does not read: more than 4194304 bytes of control messages wait for it");
    held.forEach(ByteBuf::release);
  }

  @Test
  void refusesToSendWhatThePeerWouldRefuse() {
    open();
    assertThatThrownBy(() -> session.send(farewell(2 << 20)))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining("FAREWELL has 2097162 bytes but the peer accepts at most 1048576");
    assertThatThrownBy(() -> session.send(Envelope.getDefaultInstance()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> session.sendChunks(TASK, source(2), ChunkSet.all(3)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(session.isOpen()).isTrue();
  }
}
