package io.tributary.common.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.tributary.common.wire.ChunkSpool.Result;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChunkSpoolTest {
  private static final int CHUNK_BYTES = 100;

  private final byte[] content = new byte[950]; // ten chunks, the last of 50 bytes
  private Manifest manifest;
  @TempDir Path directory;
  private Path file;

  @BeforeEach
  void makeContent() {
    new Random(1).nextBytes(content);
    manifest = Manifest.of(ByteBuffer.wrap(content), CHUNK_BYTES);
    file = directory.resolve("spool");
  }

  private static ByteBuf chunk(byte[] content, Manifest manifest, int index) {
    return Unpooled.wrappedBuffer(
        content, (int) manifest.chunkOffset(index), manifest.chunkLength(index));
  }

  private ByteBuf chunk(int index) {
    return chunk(content, manifest, index);
  }

  @Property(tries = 100)
  void restoresTheContentFromAnyOrderWithDuplicatesAndRestarts(
      @ForAll @IntRange(min = 1, max = 700) int least,
      @ForAll @IntRange(min = 8, max = 90) int chunkBytes,
      @ForAll boolean enciphered,
      @ForAll long seed)
      throws IOException {
    // A last chunk of a byte or two could be had by chance: the noise of a hole might be it.
    int total = least % chunkBytes < 4 ? least + 4 : least;
    SpoolCipher cipher = enciphered ? keyStream(seed) : SpoolCipher.NONE;
    Random random = new Random(seed);
    byte[] bytes = new byte[total];
    random.nextBytes(bytes);
    bytes[total - 1] = 1; // a chunk of zeros is had as soon as the file has its length: rightly so
    Manifest whole = Manifest.of(ByteBuffer.wrap(bytes), chunkBytes);
    List<Integer> order = new ArrayList<>();
    IntStream.range(0, whole.chunkCount()).forEach(order::add);
    IntStream.range(0, whole.chunkCount()).filter(i -> i % 3 == 0).forEach(order::add);
    Collections.shuffle(order, random);
    Path directory = Files.createTempDirectory("spool");
    Path file = directory.resolve("blob");
    ChunkSet had = ChunkSet.none(whole.chunkCount());
    ChunkSpool spool = ChunkSpool.open(file, whole, cipher, ChunkInspector.NONE);
    try {
      for (int index : order) {
        if (random.nextInt(5) == 0) {
          spool.close();
          spool = ChunkSpool.open(file, whole, cipher, ChunkInspector.NONE);
        }
        assertThat(spool.lacking()).isEqualTo(had.complement());
        boolean isNew = had.add(index);
        assertThat(spool.accept(index, chunk(bytes, whole, index)))
            .isEqualTo(isNew ? Result.VERIFIED : Result.DUPLICATE);
      }
      assertThat(spool.complete()).isTrue();
      spool.force();
      byte[] onDisk = Files.readAllBytes(file);
      assertThat(Manifest.of(file, chunkBytes, cipher)).isEqualTo(whole);
      cipher.apply(0, ByteBuffer.wrap(onDisk));
      assertThat(onDisk).isEqualTo(bytes);
    } finally {
      spool.close();
      Files.delete(file);
      Files.delete(directory);
    }
  }

  /** Like counter mode: what is added to a byte depends on its place only. */
  private static SpoolCipher keyStream(long seed) {
    return (offset, data) -> {
      for (int i = data.position(); i < data.limit(); i++) {
        long place = offset + i - data.position();
        byte stream = (byte) new Random(seed ^ (place * 0x9E3779B97F4A7C15L)).nextInt();
        data.put(i, (byte) (data.get(i) ^ stream));
      }
    };
  }

  @Test
  void zerosThatNobodySentCountOnlyWhereTheManifestWantsZeros() throws IOException {
    byte[] holey = new byte[300];
    holey[150] = 1; // the first and the last chunk are zeros
    Manifest wanted = Manifest.of(ByteBuffer.wrap(holey), CHUNK_BYTES);
    ChunkSpool.open(file, wanted).close(); // has its length now
    try (ChunkSpool spool = ChunkSpool.open(file, wanted)) {
      assertThat(spool.lacking().next(0)).isEqualTo(1);
      assertThat(spool.lacking().cardinality()).isEqualTo(1);
      spool.accept(1, chunk(holey, wanted, 1));
      assertThat(spool.complete()).isTrue();
    }
    assertThat(file).hasBinaryContent(holey);
  }

  @Test
  void aHoleIsNothingUnderACipher() throws IOException {
    Manifest zeros = Manifest.of(ByteBuffer.allocate(300), CHUNK_BYTES);
    SpoolCipher cipher = keyStream(5);
    ChunkSpool.open(file, zeros, cipher, ChunkInspector.NONE).close();
    try (ChunkSpool spool = ChunkSpool.open(file, zeros, cipher, ChunkInspector.NONE)) {
      assertThat(spool.lacking()).isEqualTo(ChunkSet.all(3));
      ByteBuf chunk = Unpooled.wrappedBuffer(new byte[100]);
      spool.accept(1, chunk);
      assertThat(chunk).isEqualTo(Unpooled.wrappedBuffer(new byte[100])); // the sender's bytes stay
      byte[] written = Arrays.copyOfRange(Files.readAllBytes(file), 100, 200);
      assertThat(written).isNotEqualTo(new byte[100]);
      cipher.apply(100, ByteBuffer.wrap(written));
      assertThat(written).isEqualTo(new byte[100]);
    }
    try (ChunkSpool spool = ChunkSpool.open(file, zeros, keyStream(6), ChunkInspector.NONE)) {
      assertThat(spool.lacking()).isEqualTo(ChunkSet.all(3)); // of another key: noise
    }
  }

  @Test
  void countsNothingThatDoesNotMatchItsDigest() throws IOException {
    try (ChunkSpool spool = ChunkSpool.open(file, manifest)) {
      ByteBuf corrupted = chunk(3).copy();
      corrupted.setByte(7, corrupted.getByte(7) ^ 0x10);
      assertThatThrownBy(() -> spool.accept(3, corrupted))
          .isInstanceOf(ProtocolException.class)
          .hasMessage("chunk 3 does not match the SHA-256 of its manifest");
      assertThatThrownBy(() -> spool.accept(3, chunk(4))).isInstanceOf(ProtocolException.class);
      assertThatThrownBy(() -> spool.accept(3, chunk(3).slice(0, 99)))
          .isInstanceOf(ProtocolException.class)
          .hasMessage("chunk 3 has 99 bytes but its manifest says 100");
      assertThat(spool.lacking()).isEqualTo(ChunkSet.all(10));
      assertThat(spool.accept(3, chunk(3))).isEqualTo(Result.VERIFIED);
      assertThat(corrupted.refCnt()).isEqualTo(1);
      corrupted.release();
    }
  }

  @Test
  void refusesAnIndexOutOfRange() throws IOException {
    try (ChunkSpool spool = ChunkSpool.open(file, manifest)) {
      for (int index : new int[] {10, -1, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
        assertThatThrownBy(() -> spool.accept(index, chunk(0)))
            .isInstanceOf(ProtocolException.class)
            .hasMessage("chunk index is %d but the manifest has 10 chunks".formatted(index));
      }
    }
  }

  @Test
  void neverOverwritesAVerifiedChunk() throws IOException {
    try (ChunkSpool spool = ChunkSpool.open(file, manifest)) {
      spool.accept(0, chunk(0));
      assertThat(spool.accept(0, chunk(1))).isEqualTo(Result.DUPLICATE);
      ByteBuffer first = ByteBuffer.wrap(Files.readAllBytes(file), 0, CHUNK_BYTES);
      assertThat(manifest.verifies(0, first)).isTrue();
    }
  }

  @Test
  void findsDamageThatHappenedWhileItWasClosed() throws IOException {
    try (ChunkSpool spool = ChunkSpool.open(file, manifest)) {
      for (int i = 0; i < 10; i++) {
        spool.accept(i, chunk(i));
      }
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(new byte[] {(byte) ~content[250]}), 250);
      channel.truncate(910);
    }
    try (ChunkSpool spool = ChunkSpool.open(file, manifest)) {
      ChunkSet expected = ChunkSet.none(10);
      expected.add(2);
      expected.add(9);
      assertThat(spool.lacking()).isEqualTo(expected);
    }
  }

  @Test
  void takesNothingFromAFileOfOtherContent() throws IOException {
    Files.write(file, new byte[5000]);
    try (ChunkSpool spool = ChunkSpool.open(file, manifest)) {
      assertThat(spool.lacking()).isEqualTo(ChunkSet.all(10));
      assertThat(Files.size(file)).isEqualTo(950);
    }
  }

  @Test
  void showsEveryChunkThatCountsToItsInspectorOnceAlsoThoseOfAnEarlierProcess() throws IOException {
    SpoolCipher cipher = keyStream(7);
    try (ChunkSpool spool = ChunkSpool.open(file, manifest, cipher, ChunkInspector.NONE)) {
      spool.accept(9, chunk(9));
      spool.accept(3, chunk(3));
    }
    byte[] seen = new byte[content.length];
    List<Long> offsets = new ArrayList<>();
    ChunkInspector inspector =
        (offset, bytes) -> {
          offsets.add(offset);
          bytes.get(seen, (int) offset, bytes.remaining());
        };
    try (ChunkSpool spool = ChunkSpool.open(file, manifest, cipher, inspector)) {
      assertThat(offsets).containsExactly(300L, 900L);
      spool.accept(3, chunk(3)); // had already
      assertThatThrownBy(() -> spool.accept(4, chunk(5))).isInstanceOf(ProtocolException.class);
      assertThat(offsets).hasSize(2);
      for (int i = 0; i < 10; i++) {
        spool.accept(i, chunk(i));
      }
      assertThat(offsets).hasSize(10).doesNotHaveDuplicates();
      assertThat(seen).isEqualTo(content);
    }
  }

  @Test
  void keepsTheFileToItsOwner() throws IOException {
    ChunkSpool.open(file, manifest).close();
    assertThat(Files.getPosixFilePermissions(file))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
  }

  /**
   * A connection's thread appends what it receives to the buffer whose front is a chunk that is
   * being spooled on another thread.
   */
  @Test
  void aChunkIsSpooledWhileItsBufferIsAppendedTo() throws Exception {
    int chunkBytes = 4096;
    byte[] received = new byte[2 * chunkBytes];
    new Random(2).nextBytes(received);
    Manifest first = Manifest.of(ByteBuffer.wrap(received, 0, chunkBytes), chunkBytes);
    ByteBuf source = Unpooled.directBuffer(received.length).writeBytes(received);
    ByteBufAllocator adaptive = new AdaptiveByteBufAllocator();
    ExecutorService disk = Executors.newSingleThreadExecutor();
    try (ChunkSpool spool = ChunkSpool.open(file, first)) {
      for (int i = 0; i < 300; i++) {
        ByteBuf buffer = adaptive.directBuffer(received.length);
        buffer.writeBytes(received, 0, chunkBytes);
        ByteBuf front = buffer.readRetainedSlice(chunkBytes);
        CountDownLatch begun = new CountDownLatch(1);
        AtomicBoolean appended = new AtomicBoolean();
        Future<?> spooled =
            disk.submit(
                () -> {
                  do {
                    spool.write(0, front);
                    begun.countDown();
                  } while (!appended.get());
                  return null;
                });
        begun.await();
        for (int at = chunkBytes; at < received.length; at += 256) {
          buffer.writeBytes(source, at, 256);
        }
        appended.set(true);
        spooled.get();
        assertThat(buffer.slice(0, received.length)).isEqualTo(Unpooled.wrappedBuffer(received));
        front.release();
        buffer.release();
      }
    } finally {
      disk.shutdownNow();
      source.release();
    }
  }
}
