package io.tributary.simulation.faults.net;

import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.v1.Envelope;

/** What travels over a {@link FakeWire}. */
sealed interface Frame {
  /** Beside the content: prefix and header. */
  int OVERHEAD_BYTES = 24;

  /** Bytes on the line. */
  int bytes();

  /** A control message. */
  record Control(Envelope message) implements Frame {
    @Override
    public int bytes() {
      return OVERHEAD_BYTES + message.getSerializedSize();
    }
  }

  /** A chunk. */
  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  record Chunk(TaskId task, int index, byte[] data) implements Frame {
    @Override
    public int bytes() {
      return OVERHEAD_BYTES + data.length;
    }
  }

  /** The last word of an end that closes. */
  record Bye(String reason) implements Frame {
    @Override
    public int bytes() {
      return OVERHEAD_BYTES;
    }
  }
}
