package io.tributary.common.wire;

import com.google.protobuf.InvalidProtocolBufferException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.tributary.common.wire.v1.ChunkHeader;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.RefusalCode;
import java.util.List;

/**
 * Cuts the decrypted byte stream of one connection into {@link Frame}s.
 *
 * <p>The announced length is held against the bound of the frame's kind before any byte of the
 * payload is waited for, so a connection never buffers more than one frame (and what came with its
 * last read). Nothing is thrown: the first thing that is wrong becomes a {@link Frame.Violation},
 * and all that follows it is dropped unread.
 */
final class FrameDecoder extends ByteToMessageDecoder {
  /** Room that is made at once for a frame, over what has come of it. */
  private static final int MAX_ROOM_FACTOR = 8;

  private final WireLimits limits;
  private boolean admitted;
  private boolean violated;
  private long bytesReceived;
  private long bytesArrived;

  FrameDecoder(WireLimits limits) {
    this.limits = limits;
    setCumulator(this::append);
  }

  /**
   * Appends what came to what is there, in a buffer that has room for the whole frame and the
   * record that ends it, so that a chunk is copied once. A buffer of which a chunk was handed on is
   * never written to again: another thread reads it.
   */
  private ByteBuf append(ByteBufAllocator allocator, ByteBuf had, ByteBuf came) {
    if (!had.isReadable() && came.isContiguous()) {
      had.release();
      return came;
    }
    try {
      int bytes = had.readableBytes() + came.readableBytes();
      ByteBuf all = had;
      if (had.refCnt() > 1
          || had.isReadOnly()
          || came.readableBytes() > had.maxFastWritableBytes()) {
        all = allocator.directBuffer(Math.max(bytes, wantedBytes(had, bytes)));
        all.writeBytes(had, had.readerIndex(), had.readableBytes());
        had.release();
      }
      all.writeBytes(came, came.readerIndex(), came.readableBytes());
      return all;
    } finally {
      came.release();
    }
  }

  /** The bytes of the frame that begins here; a peer gets no more room than it fills a part of. */
  private int wantedBytes(ByteBuf had, int bytes) {
    if (had.readableBytes() < Frame.PREFIX_BYTES) {
      return bytes;
    }
    long frame =
        Frame.PREFIX_BYTES + had.getUnsignedInt(had.readerIndex()) + FrameBuffers.RECORD_BYTES;
    return (int) Math.min(frame, (long) MAX_ROOM_FACTOR * bytes);
  }

  /** Hello and welcome are done: lets full-sized control frames and chunks through. */
  void admit() {
    admitted = true;
  }

  /** Drops everything from now on: this side is closing. */
  void discard() {
    violated = true;
  }

  /** Returns the bytes of the frames decoded so far. */
  long bytesReceived() {
    return bytesReceived;
  }

  /** Returns the bytes that came so far, of whole frames or not. */
  long bytesArrived() {
    return bytesArrived;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
    if (message instanceof ByteBuf bytes) {
      bytesArrived += bytes.readableBytes();
    }
    super.channelRead(context, message);
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
    if (violated) {
      in.skipBytes(in.readableBytes());
      return;
    }
    Frame frame;
    try {
      frame = next(in);
    } catch (ProtocolException e) {
      violated = true;
      in.skipBytes(in.readableBytes());
      frame = new Frame.Violation(e);
    }
    if (frame != null) {
      out.add(frame);
    }
  }

  /** Returns the next frame, or null when its last byte has not come yet. */
  private Frame next(ByteBuf in) {
    if (in.readableBytes() < Frame.PREFIX_BYTES) {
      return null;
    }
    long payloadBytes = in.getUnsignedInt(in.readerIndex());
    byte kind = in.getByte(in.readerIndex() + Integer.BYTES);
    checkSize(kind, payloadBytes);
    int length = (int) payloadBytes;
    if (in.readableBytes() - Frame.PREFIX_BYTES < length) {
      return null;
    }
    in.skipBytes(Frame.PREFIX_BYTES);
    ByteBuf payload = in.readSlice(length);
    bytesReceived += Frame.PREFIX_BYTES + length;
    return kind == Frame.KIND_CONTROL ? control(payload) : chunk(payload);
  }

  private void checkSize(byte kind, long payloadBytes) {
    int bound =
        switch (kind) {
          case Frame.KIND_CONTROL ->
              admitted ? limits.maxControlFrameBytes() : limits.maxHelloFrameBytes();
          case Frame.KIND_CHUNK -> {
            if (!admitted) {
              throw new ProtocolException("a chunk came before hello and welcome were done");
            }
            yield Frame.maxChunkPayloadBytes(limits);
          }
          default ->
              throw new ProtocolException(
                  "frame kind is %d but only 1 (control) and 2 (chunk) are known"
                      .formatted(Byte.toUnsignedInt(kind)));
        };
    if (payloadBytes > bound) {
      throw new ProtocolException(
          RefusalCode.REFUSAL_CODE_LIMIT_EXCEEDED,
          "%s frame announces %d bytes but at most %d are accepted%s"
              .formatted(
                  kind == Frame.KIND_CONTROL ? "control" : "chunk",
                  payloadBytes,
                  bound,
                  admitted ? "" : " before hello and welcome are done"));
    }
  }

  private static Frame control(ByteBuf payload) {
    Envelope message;
    try {
      message = Envelope.parseFrom(payload.nioBuffer());
    } catch (InvalidProtocolBufferException e) {
      throw new ProtocolException("control frame is not a well-formed envelope", e);
    }
    if (message.getMessageCase() == Envelope.MessageCase.MESSAGE_NOT_SET) {
      throw new ProtocolException(
          "envelope holds no message that protocol version %d knows (fields %s)"
              .formatted(
                  ProtocolVersions.LATEST,
                  message.getUnknownFields().asMap().keySet().stream().limit(8).toList()));
    }
    return new Frame.Control(message);
  }

  private static Frame chunk(ByteBuf payload) {
    if (payload.readableBytes() < Frame.CHUNK_HEADER_LENGTH_BYTES) {
      throw new ProtocolException(
          "chunk frame has %d bytes, too few for its header".formatted(payload.readableBytes()));
    }
    int headerBytes = payload.readUnsignedShort();
    int bound = Math.min(payload.readableBytes(), Frame.MAX_CHUNK_HEADER_BYTES);
    if (headerBytes > bound) {
      throw new ProtocolException(
          "chunk header announces %d bytes but at most %d can be its own"
              .formatted(headerBytes, bound));
    }
    ChunkHeader header;
    try {
      header = ChunkHeader.parseFrom(payload.readSlice(headerBytes).nioBuffer());
    } catch (InvalidProtocolBufferException e) {
      throw new ProtocolException("chunk header is malformed", e);
    }
    if (header.getIndex() < 0) {
      throw new ProtocolException(
          "chunk index is " + Integer.toUnsignedString(header.getIndex()) + ", beyond any blob");
    }
    if (!payload.isReadable()) {
      throw new ProtocolException("chunk " + header.getIndex() + " has no bytes");
    }
    TaskId task = TaskId.fromProto(header.getKey());
    // Retained last: nothing after it can fail, so the reference always has an owner.
    return new Frame.Chunk(
        task, header.getIndex(), payload.readRetainedSlice(payload.readableBytes()));
  }
}
