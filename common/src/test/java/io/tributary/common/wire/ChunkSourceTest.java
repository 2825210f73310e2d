package io.tributary.common.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One contract for every source: what its manifest says, chunk by chunk, in any order. */
class ChunkSourceTest {
  private final byte[] content = new byte[1050];
  @TempDir Path directory;

  ChunkSourceTest() {
    new Random(5).nextBytes(content);
  }

  @Test
  void fileAndBufferGiveTheSameChunks() throws IOException {
    Manifest manifest = Manifest.of(ByteBuffer.wrap(content), 100);
    Path file = Files.write(directory.resolve("blob"), content);
    ByteBuffer direct = ByteBuffer.allocateDirect(content.length).put(content).flip();
    for (ChunkSource source :
        new ChunkSource[] {
          ChunkSource.ofFile(file, manifest),
          ChunkSource.ofBytes(ByteBuffer.wrap(content), manifest),
          ChunkSource.ofBytes(direct, manifest)
        }) {
      assertThat(source.manifest()).isEqualTo(manifest);
      for (int i = manifest.chunkCount() - 1; i >= 0; i--) {
        ByteBuf into = Unpooled.directBuffer();
        source.read(i, into);
        assertThat(manifest.verifies(i, into)).isTrue();
        assertThat(into.release()).isTrue();
      }
    }
  }

  @Test
  void sayThatAFileWasCutOrIsGone() throws IOException {
    Manifest manifest = Manifest.of(ByteBuffer.wrap(content), 100);
    Path file = Files.write(directory.resolve("blob"), Arrays.copyOf(content, 1020));
    ChunkSource source = ChunkSource.ofFile(file, manifest);
    ByteBuf into = Unpooled.directBuffer();
    assertThatThrownBy(() -> source.read(10, into))
        .isInstanceOf(EOFException.class)
        .hasMessageContaining("ends at byte 1020 but its manifest says 1050");
    Files.delete(file);
    assertThatThrownBy(() -> source.read(0, into)).isInstanceOf(NoSuchFileException.class);
    assertThat(into.release()).isTrue();
  }

  @Test
  void refuseABufferOfAnotherSize() {
    Manifest manifest = Manifest.of(ByteBuffer.wrap(content), 100);
    assertThatThrownBy(() -> ChunkSource.ofBytes(ByteBuffer.allocate(7), manifest))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("buffer has 7 bytes but its manifest says 1050");
  }
}
