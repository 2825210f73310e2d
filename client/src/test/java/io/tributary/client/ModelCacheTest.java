package io.tributary.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.tributary.common.wire.ChunkSpool;
import io.tributary.common.wire.Manifest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelCacheTest {
  private static final int CHUNK = 16;
  private static final int CHUNKS = 5;

  @TempDir Path directory;

  @Test
  void aModelThatIsPartlyFrozenLacksOnlyTheChunksThatMoved() throws IOException {
    byte[] first = bytes(1);
    receive(first, false);
    byte[] second = first.clone();
    second[2 * CHUNK + 3]++;
    try (ChunkSpool spool = cache(2).open(manifest(second), true)) {
      assertThat(spool.lacking().cardinality()).isEqualTo(1);
      assertThat(spool.lacking().contains(2)).isTrue();
      accept(spool, second, 2);
      assertThat(spool.complete()).isTrue();
      assertThat(Files.readAllBytes(spool.file())).isEqualTo(second);
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(spool.file())))
          .isEqualTo("rw-------");
    }
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files).as("no copy was made").hasSize(1);
    }
    try (ChunkSpool back = cache(3).open(manifest(first), true)) {
      assertThat(back.lacking().cardinality()).as("the one before is a chunk away").isEqualTo(1);
    }
  }

  @Test
  void aModelThatMovesAsAWholeIsNotCopied() throws IOException {
    byte[] first = bytes(1);
    receive(first, false);
    byte[] second = first.clone();
    second[0]++;
    try (ChunkSpool spool = cache(2).open(manifest(second), false)) {
      assertThat(spool.lacking().cardinality()).isEqualTo(CHUNKS);
    }
  }

  @Test
  void aModelOfAnotherSizeLacksEverything() throws IOException {
    receive(bytes(1), true);
    byte[] longer = Arrays.copyOf(bytes(1), CHUNK * CHUNKS + 1); // begins like the other one
    longer[CHUNK * CHUNKS] = 7;
    try (ChunkSpool spool = cache(2).open(manifest(longer), true)) {
      assertThat(spool.lacking().cardinality()).isEqualTo(CHUNKS + 1);
    }
  }

  private ModelCache cache(int second) {
    return new ModelCache(directory, Clock.fixed(Instant.ofEpochSecond(second), ZoneOffset.UTC));
  }

  private void receive(byte[] model, boolean likeTheLast) throws IOException {
    try (ChunkSpool spool = cache(1).open(manifest(model), likeTheLast)) {
      for (int i = 0; i < CHUNKS; i++) {
        accept(spool, model, i);
      }
      assertThat(spool.complete()).isTrue();
    }
  }

  private static void accept(ChunkSpool spool, byte[] model, int index) throws IOException {
    ByteBuf chunk = Unpooled.wrappedBuffer(model, index * CHUNK, CHUNK);
    try {
      assertThat(spool.accept(index, chunk)).isNotNull();
    } finally {
      boolean unusedFreed = chunk.release();
    }
  }

  private static byte[] bytes(int seed) {
    byte[] bytes = new byte[CHUNK * CHUNKS];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (i * 31 + seed);
    }
    return bytes;
  }

  private static Manifest manifest(byte[] model) {
    return Manifest.of(ByteBuffer.wrap(model), CHUNK);
  }
}
