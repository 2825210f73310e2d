package io.tributary.common.wire;

import io.netty.buffer.ByteBuf;
import io.tributary.common.wire.v1.Envelope;

/**
 * What {@link FrameDecoder} makes of the bytes of a peer: a message, a chunk, or the one violation
 * after which nothing more is read.
 *
 * <pre>
 *   frame   = [u32 payload length, big-endian] [u8 kind] payload
 *   kind 1    payload = Envelope (Protobuf)
 *   kind 2    payload = [u16 header length] ChunkHeader (Protobuf), then the chunk's raw bytes
 * </pre>
 */
sealed interface Frame {
  /** Bytes before the payload: its length and kind. */
  int PREFIX_BYTES = 5;

  byte KIND_CONTROL = 1;
  byte KIND_CHUNK = 2;

  /** Bytes of the chunk header's own length. */
  int CHUNK_HEADER_LENGTH_BYTES = 2;

  /** A ChunkHeader of this version takes at most 85 bytes; later ones may add to it. */
  int MAX_CHUNK_HEADER_BYTES = 512;

  /** Returns the largest payload of a chunk frame. */
  static int maxChunkPayloadBytes(WireLimits limits) {
    return CHUNK_HEADER_LENGTH_BYTES + MAX_CHUNK_HEADER_BYTES + limits.maxChunkBytes();
  }

  /** A control message, with its message set. */
  record Control(Envelope message) implements Frame {}

  /** A chunk; whoever takes the frame releases the data. */
  record Chunk(TaskId task, int index, ByteBuf data) implements Frame {}

  /** The peer broke the protocol; the last frame of a connection. */
  record Violation(ProtocolException cause) implements Frame {}
}
