package io.tributary.common.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.UnknownFieldSet;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.Farewell;
import io.tributary.common.wire.v1.RefusalCode;
import io.tributary.common.wire.v1.TaskOutcome;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterTry;
import net.jqwik.api.lifecycle.BeforeTry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Encoder against decoder, and the decoder against everything else that can arrive. */
class FrameCodecTest {
  private static final WireLimits LIMITS = Limits.with(l -> l.hello = 64);
  private static final TaskId TASK = new TaskId("run", 1, 1, TaskId.Kind.TRAIN);

  /** Counts what is allocated, so that a leak of one byte fails the test that made it. */
  private UnpooledByteBufAllocator allocator;

  private FrameDecoder decoder;
  private EmbeddedChannel channel;

  @BeforeTry
  @BeforeEach
  void openChannel() {
    allocator = new UnpooledByteBufAllocator(true);
    decoder = new FrameDecoder(LIMITS);
    channel = new EmbeddedChannel(decoder);
    channel.config().setAllocator(allocator);
  }

  @AfterTry
  @AfterEach
  void releasesEverything() {
    channel.finishAndReleaseAll();
    assertThat(allocator.metric().usedDirectMemory()).isZero();
    assertThat(allocator.metric().usedHeapMemory()).isZero();
  }

  private ByteBuf copy(byte[] bytes, int from, int to) {
    return allocator.directBuffer(Math.max(1, to - from)).writeBytes(bytes, from, to - from);
  }

  private byte[] bytesOf(ByteBuf frame) {
    try {
      return ByteBufUtil.getBytes(frame);
    } finally {
      frame.release();
    }
  }

  /** Feeds the bytes in pieces of random size and returns what came out, chunks as heap copies. */
  private List<Object> decode(byte[] bytes, Random cuts) {
    List<Object> decoded = new ArrayList<>();
    for (int from = 0; from < bytes.length; ) {
      int to = Math.min(bytes.length, from + 1 + cuts.nextInt(cuts.nextBoolean() ? 7 : 2000));
      channel.writeInbound(copy(bytes, from, to));
      from = to;
      for (Object frame = channel.readInbound(); frame != null; frame = channel.readInbound()) {
        decoded.add(
            frame instanceof Frame.Chunk chunk
                ? List.of(chunk.task(), chunk.index(), ByteBuffer.wrap(bytesOf(chunk.data())))
                : frame);
      }
    }
    return decoded;
  }

  private static Envelope farewell(Random random) {
    return Envelope.newBuilder()
        .setFarewell(Farewell.newBuilder().setReason("x".repeat(random.nextInt(3000))))
        .build();
  }

  private byte[] randomFrames(int count, Random random, List<Object> expected) throws IOException {
    return randomFrames(count, random, expected, new ArrayList<>());
  }

  /**
   * Adds to {@code expected} what the frames decode to and to {@code ends} where each ends.
   *
   * @return the frames back to back
   */
  private byte[] randomFrames(int count, Random random, List<Object> expected, List<Integer> ends)
      throws IOException {
    ByteBuf stream = allocator.directBuffer();
    for (int i = 0; i < count; i++) {
      ByteBuf frame;
      if (random.nextBoolean()) {
        Envelope message = farewell(random);
        frame = FrameEncoder.control(allocator, message);
        expected.add(new Frame.Control(message));
      } else {
        byte[] content = new byte[1 + random.nextInt(5000)];
        random.nextBytes(content);
        Manifest manifest = Manifest.of(ByteBuffer.wrap(content), 1 + random.nextInt(5000));
        int index = random.nextInt(manifest.chunkCount());
        ChunkSource source = ChunkSource.ofBytes(ByteBuffer.wrap(content), manifest);
        frame = FrameEncoder.chunk(allocator, TASK, index, source);
        int offset = (int) manifest.chunkOffset(index);
        ByteBuffer data = ByteBuffer.wrap(content, offset, manifest.chunkLength(index));
        expected.add(List.of(TASK, index, data));
      }
      stream.writeBytes(frame);
      frame.release();
      ends.add(stream.readableBytes());
    }
    return bytesOf(stream);
  }

  @Property(tries = 200)
  void everyFrameArrivesWholeHoweverTheStreamIsCut(
      @ForAll @IntRange(max = 12) int count, @ForAll long seed) throws IOException {
    Random random = new Random(seed);
    List<Object> expected = new ArrayList<>();
    byte[] stream = randomFrames(count, random, expected);
    decoder.admit();
    assertThat(decode(stream, random)).isEqualTo(expected);
    assertThat(decoder.bytesReceived()).isEqualTo(stream.length);
  }

  /** A cut stream yields the frames before the cut, and no more. */
  @Property(tries = 200)
  void truncationLosesOnlyWhatWasCutOff(
      @ForAll @IntRange(min = 1, max = 6) int count, @ForAll long seed) throws IOException {
    Random random = new Random(seed);
    List<Object> expected = new ArrayList<>();
    List<Integer> ends = new ArrayList<>();
    byte[] stream = randomFrames(count, random, expected, ends);
    byte[] cut = Arrays.copyOf(stream, random.nextInt(stream.length));
    decoder.admit();
    List<Object> decoded = decode(cut, random);
    int whole = (int) ends.stream().filter(end -> end <= cut.length).count();
    assertThat(decoded).isEqualTo(expected.subList(0, whole));
  }

  @Property(tries = 1000)
  void anyBytesEndInFramesOrOneViolation(
      @ForAll byte[] bytes, @ForAll boolean admitted, @ForAll long seed) {
    if (admitted) {
      decoder.admit();
    }
    assertOnlyTheLastIsAViolation(decode(bytes, new Random(seed)));
  }

  @Property(tries = 1000)
  void flippedBitsEndInFramesOrOneViolation(
      @ForAll @IntRange(min = 1, max = 6) int flips, @ForAll long seed) throws IOException {
    Random random = new Random(seed);
    byte[] stream = randomFrames(4, random, new ArrayList<>());
    for (int i = 0; i < flips; i++) {
      // Mostly where the structure is: random positions would mostly hit the chunks' raw bytes.
      int at = random.nextBoolean() ? random.nextInt(40) : random.nextInt(stream.length);
      stream[Math.min(at, stream.length - 1)] ^= (byte) (1 << random.nextInt(8));
    }
    decoder.admit();
    assertOnlyTheLastIsAViolation(decode(stream, random));
  }

  private static void assertOnlyTheLastIsAViolation(List<Object> decoded) {
    for (Object frame : decoded.subList(0, Math.max(0, decoded.size() - 1))) {
      assertThat(frame).isNotInstanceOf(Frame.Violation.class);
    }
  }

  /** Well-formed prefix, arbitrary payload: reaches the Protobuf and chunk header parsers. */
  @Property(tries = 1000)
  void anyPayloadBehindAGoodPrefixEndsInAFrameOrAViolation(
      @ForAll byte[] payload, @ForAll boolean isChunk, @ForAll long seed) {
    ByteBuffer frame = ByteBuffer.allocate(Frame.PREFIX_BYTES + payload.length);
    frame.putInt(payload.length).put(isChunk ? Frame.KIND_CHUNK : Frame.KIND_CONTROL).put(payload);
    decoder.admit();
    assertThat(decode(frame.array(), new Random(seed))).hasSize(1);
  }

  @Test
  void refusesAnOversizedFrameBeforeItsFirstByte() {
    decoder.admit();
    assertViolation(
        new byte[] {0x00, 0x10, 0x00, 0x01, Frame.KIND_CONTROL},
        RefusalCode.REFUSAL_CODE_LIMIT_EXCEEDED,
        "control frame announces 1048577 bytes but at most 1048576 are accepted");
  }

  @Test
  void readsALengthAsUnsigned() {
    decoder.admit();
    assertViolation(
        new byte[] {-1, -1, -1, -1, Frame.KIND_CHUNK},
        RefusalCode.REFUSAL_CODE_LIMIT_EXCEEDED,
        "chunk frame announces 4294967295 bytes but at most 1049090 are accepted");
  }

  @Test
  void keepsStrangersToSmallFramesAndNoChunks() {
    assertViolation(
        new byte[] {0, 0, 0, 65, Frame.KIND_CONTROL},
        RefusalCode.REFUSAL_CODE_LIMIT_EXCEEDED,
        "control frame announces 65 bytes but at most 64 are accepted before hello and welcome are"
            + " done");
  }

  @Test
  void takesNoChunkBeforeHello() {
    assertViolation(
        new byte[] {0, 0, 0, 1, Frame.KIND_CHUNK},
        RefusalCode.REFUSAL_CODE_PROTOCOL_ERROR,
        "a chunk came before hello and welcome were done");
  }

  @Test
  void refusesAnUnknownKind() {
    assertViolation(
        new byte[] {0, 0, 0, 0, (byte) 0x80},
        RefusalCode.REFUSAL_CODE_PROTOCOL_ERROR,
        "frame kind is 128 but only 1 (control) and 2 (chunk) are known");
  }

  @Test
  void refusesAMessageOfALaterVersionByItsFieldNumber() {
    assertViolation(
        new byte[] {0, 0, 0, 4, Frame.KIND_CONTROL, (byte) 0xa2, 0x06, 0x01, 'x'},
        RefusalCode.REFUSAL_CODE_PROTOCOL_ERROR,
        "envelope holds no message that protocol version 1 knows (fields [100])");
  }

  @Test
  void refusesAChunkWhoseHeaderIsLongerThanTheFrame() {
    decoder.admit();
    assertViolation(
        new byte[] {0, 0, 0, 3, Frame.KIND_CHUNK, 0, 9, 0},
        RefusalCode.REFUSAL_CODE_PROTOCOL_ERROR,
        "chunk header announces 9 bytes but at most 1 can be its own");
  }

  @Test
  void keepsUnknownFieldsOfAKnownMessage() {
    Envelope message =
        Envelope.newBuilder()
            .setTaskOutcome(
                TaskOutcome.newBuilder()
                    .setUnknownFields(UnknownFieldSet.newBuilder().mergeVarintField(77, 5).build()))
            .build();
    decoder.admit();
    List<Object> decoded = decode(bytesOf(FrameEncoder.control(allocator, message)), new Random(1));
    assertThat(decoded).isEqualTo(List.of(new Frame.Control(message)));
  }

  @Test
  void handsOutChunksWithoutCopyingThem() throws IOException {
    byte[] content = new byte[3000];
    Manifest manifest = Manifest.of(ByteBuffer.wrap(content), 3000);
    ByteBuf frame =
        FrameEncoder.chunk(
            allocator, TASK, 0, ChunkSource.ofBytes(ByteBuffer.wrap(content), manifest));
    assertThat(frame.isDirect()).isTrue();
    long before = allocator.metric().usedDirectMemory();
    decoder.admit();
    channel.writeInbound(frame);
    Frame.Chunk chunk = channel.readInbound();
    assertThat(chunk.data().isDirect()).isTrue();
    assertThat(allocator.metric().usedDirectMemory()).isEqualTo(before);
    assertThat(chunk.data().readableBytes()).isEqualTo(3000);
    chunk.data().release();
  }

  /** The memory of a flood after the violation does not grow with the flood. */
  @Test
  void dropsWhatFollowsAViolation() {
    decoder.admit();
    channel.writeInbound(copy(new byte[] {0, 0, 0, 0, 9}, 0, 5));
    assertThat(channel.<Object>readInbound()).isInstanceOf(Frame.Violation.class);
    byte[] flood = new byte[100_000];
    for (int i = 0; i < 50; i++) {
      channel.writeInbound(copy(flood, 0, flood.length));
      assertThat(channel.<Object>readInbound()).isNull();
      assertThat(allocator.metric().usedDirectMemory()).isZero();
    }
  }

  @Test
  void doesNotBufferForAFrameThatIsOnlyAnnounced() {
    decoder.admit();
    channel.writeInbound(copy(new byte[] {0, 0x0f, 0, 0, Frame.KIND_CHUNK, 0}, 0, 6));
    assertThat(channel.<Object>readInbound()).isNull();
    assertThat(allocator.metric().usedDirectMemory()).isLessThan(1000);
  }

  private void assertViolation(byte[] bytes, RefusalCode code, String message) {
    List<Object> decoded = decode(bytes, new Random(1));
    assertThat(decoded).hasSize(1);
    assertThat(decoded.get(0))
        .isInstanceOfSatisfying(
            Frame.Violation.class,
            violation -> {
              assertThat(violation.cause()).hasMessage(message);
              assertThat(violation.cause().code()).isEqualTo(code);
            });
  }
}
