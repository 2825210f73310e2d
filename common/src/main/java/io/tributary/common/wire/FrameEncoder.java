package io.tributary.common.wire;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.MessageLite;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.tributary.common.wire.v1.ChunkHeader;
import io.tributary.common.wire.v1.Envelope;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Lays {@link Frame}s out as bytes, each in one off-heap buffer that the caller owns. */
final class FrameEncoder {
  private FrameEncoder() {}

  /** Returns the frame of a control message. */
  static ByteBuf control(ByteBufAllocator allocator, Envelope message) {
    int payloadBytes = message.getSerializedSize();
    ByteBuf frame = allocator.directBuffer(Frame.PREFIX_BYTES + payloadBytes);
    frame.writeInt(payloadBytes).writeByte(Frame.KIND_CONTROL);
    write(message, payloadBytes, frame);
    return frame;
  }

  /**
   * Returns the frame of a chunk, its bytes read straight from the source.
   *
   * @throws IOException when the source fails or gives another number of bytes than its manifest
   *     says
   */
  static ByteBuf chunk(ByteBufAllocator allocator, TaskId task, int index, ChunkSource source)
      throws IOException {
    ChunkHeader header = ChunkHeader.newBuilder().setKey(task.toProto()).setIndex(index).build();
    int headerBytes = header.getSerializedSize();
    int dataBytes = source.manifest().chunkLength(index);
    int payloadBytes = Frame.CHUNK_HEADER_LENGTH_BYTES + headerBytes + dataBytes;
    int frameBytes = Frame.PREFIX_BYTES + payloadBytes;
    ByteBuf frame = allocator.directBuffer(frameBytes);
    boolean complete = false;
    try {
      frame.writeInt(payloadBytes).writeByte(Frame.KIND_CHUNK).writeShort(headerBytes);
      write(header, headerBytes, frame);
      source.read(index, frame);
      if (frame.readableBytes() != frameBytes) {
        throw new IOException(
            "the source gave %d bytes for chunk %d but its manifest says %d"
                .formatted(frame.readableBytes() - (frameBytes - dataBytes), index, dataBytes));
      }
      complete = true;
      return frame;
    } finally {
      if (!complete) {
        frame.release();
      }
    }
  }

  private static void write(MessageLite message, int bytes, ByteBuf into) {
    try {
      CodedOutputStream out =
          CodedOutputStream.newInstance(into.nioBuffer(into.writerIndex(), bytes));
      message.writeTo(out);
      out.flush();
      into.writerIndex(into.writerIndex() + bytes);
    } catch (IOException e) {
      // The buffer has exactly the size that the message announced.
      throw new UncheckedIOException(e);
    }
  }
}
