package io.tributary.client;

import io.netty.buffer.ByteBuf;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.WireConnection;
import io.tributary.common.wire.WireListener;
import io.tributary.common.wire.v1.Envelope;

/** Hears nothing. */
final class NoListener implements WireListener {
  @Override
  public void opened(WireConnection connection) {}

  @Override
  public void control(WireConnection connection, Envelope message) {}

  @Override
  public void chunk(WireConnection connection, TaskId task, int index, ByteBuf data) {}

  @Override
  public void closed(WireConnection connection, String reason) {}
}
