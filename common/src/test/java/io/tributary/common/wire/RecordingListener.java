package io.tributary.common.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.tributary.common.wire.v1.Envelope;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Remembers what it hears, checks the order of the calls, and lets tests wait for them. */
class RecordingListener implements WireListener {
  static final long PATIENCE_SECONDS = 20;

  final CompletableFuture<WireConnection> opened = new CompletableFuture<>();
  final CompletableFuture<String> closed = new CompletableFuture<>();
  final AtomicInteger closings = new AtomicInteger();
  final BlockingQueue<Envelope> controls = new LinkedBlockingQueue<>();
  final AtomicInteger chunks = new AtomicInteger();

  @Override
  public void opened(WireConnection connection) {
    assertThat(opened.complete(connection)).isTrue();
  }

  @Override
  public void control(WireConnection connection, Envelope message) {
    assertThat(opened).isDone();
    controls.add(message);
  }

  @Override
  public void chunk(WireConnection connection, TaskId task, int index, ByteBuf data) {
    assertThat(opened).isDone();
    chunks.incrementAndGet();
  }

  @Override
  public void closed(WireConnection connection, String reason) {
    closings.incrementAndGet();
    closed.complete(reason);
  }

  WireConnection awaitOpened() throws Exception {
    return opened.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  Envelope awaitControl() throws Exception {
    Envelope message = controls.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    assertThat(message).as("a control message in time").isNotNull();
    return message;
  }

  String awaitClosed() throws Exception {
    String reason = closed.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    assertThat(closings).hasValue(1);
    return reason;
  }
}
