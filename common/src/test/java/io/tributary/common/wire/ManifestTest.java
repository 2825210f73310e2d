package io.tributary.common.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.tributary.common.wire.v1.ChunkManifest;
import io.tributary.common.wire.v1.RefusalCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ManifestTest {
  private static final WireLimits LIMITS = WireLimits.DEFAULT;

  private static byte[] bytes(int count, long seed) {
    byte[] bytes = new byte[count];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  @Property
  void chunksCoverTheContentOnceAndInOrder(
      @ForAll @IntRange(min = 1, max = 5000) int total,
      @ForAll @IntRange(min = 1, max = 600) int chunk,
      @ForAll long seed) {
    byte[] content = bytes(total, seed);
    Manifest manifest = Manifest.of(ByteBuffer.wrap(content), chunk);
    long next = 0;
    for (int i = 0; i < manifest.chunkCount(); i++) {
      assertThat(manifest.chunkOffset(i)).isEqualTo(next);
      ByteBuffer part = ByteBuffer.wrap(content, (int) next, manifest.chunkLength(i));
      assertThat(manifest.verifies(i, part)).isTrue();
      assertThat(manifest.chunkDigest(i)).isEqualTo(Digest.sha256(part));
      next += manifest.chunkLength(i);
    }
    assertThat(next).isEqualTo(total).isEqualTo(manifest.totalBytes());
  }

  @Property
  void protoCarriesEveryManifestUnchanged(
      @ForAll @IntRange(min = 1, max = 3000) int total,
      @ForAll @IntRange(min = 1, max = 600) int chunk) {
    Manifest manifest = Manifest.of(ByteBuffer.wrap(bytes(total, 1)), chunk);
    Manifest read = Manifest.fromProto(manifest.toProto(), LIMITS);
    assertThat(read).isEqualTo(manifest).hasSameHashCodeAs(manifest);
    assertThat(read.digest()).isEqualTo(manifest.digest());
  }

  /**
   * Any three fields from a peer: a manifest that is consistent and within bounds, or a refusal.
   */
  @Property
  void refusesInconsistentManifests(
      @ForAll long total, @ForAll int chunk, @ForAll @IntRange(max = 200) int digestBytes) {
    ChunkManifest proto =
        ChunkManifest.newBuilder()
            .setTotalBytes(total)
            .setChunkBytes(chunk)
            .setChunkDigests(ByteString.copyFrom(new byte[digestBytes]))
            .build();
    try {
      Manifest manifest = Manifest.fromProto(proto, LIMITS);
      assertThat(manifest.chunkCount() * Digest.BYTES).isEqualTo(digestBytes);
      assertThat(manifest.chunkOffset(manifest.chunkCount() - 1)).isLessThan(total);
    } catch (ProtocolException e) {
      assertThat(e).hasMessageStartingWith("manifest ");
    }
  }

  @Test
  void namesTheBoundThatIsBroken() {
    ChunkManifest good = Manifest.of(ByteBuffer.wrap(bytes(10, 1)), 4).toProto();
    assertRefused(
        good.toBuilder().setTotalBytes(0).build(),
        "manifest total_bytes is 0 but must be from 1 to 8589934592");
    assertRefused(
        good.toBuilder().setTotalBytes(-1).build(),
        "manifest total_bytes is 18446744073709551615 but must be from 1 to 8589934592");
    assertRefused(
        good.toBuilder().setChunkBytes(LIMITS.maxChunkBytes() + 1).build(),
        "manifest chunk_bytes is 1048577 but must be from 1 to 1048576");
    assertRefused(
        good.toBuilder().setTotalBytes(1L << 30).build(),
        "manifest chunk count is 268435456 but must be from 1 to 16384");
    assertThatThrownBy(() -> Manifest.fromProto(good.toBuilder().setTotalBytes(13).build(), LIMITS))
        .hasMessage("manifest has 96 bytes of digests but 4 chunks need 128");
  }

  private static void assertRefused(ChunkManifest proto, String message) {
    assertThatThrownBy(() -> Manifest.fromProto(proto, LIMITS))
        .isInstanceOfSatisfying(
            ProtocolException.class,
            e -> assertThat(e.code()).isEqualTo(RefusalCode.REFUSAL_CODE_LIMIT_EXCEEDED))
        .hasMessage(message);
  }

  @Test
  void hashesAFileLikeItsBytes(@TempDir Path directory) throws IOException {
    byte[] content = bytes(1000, 3);
    Path file = Files.write(directory.resolve("blob"), content);
    assertThat(Manifest.of(file, 64)).isEqualTo(Manifest.of(ByteBuffer.wrap(content), 64));
    Path empty = Files.createFile(directory.resolve("empty"));
    assertThatThrownBy(() -> Manifest.of(empty, 64))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("total is 0 bytes");
  }

  /** Computed by another implementation (Python's hashlib and struct). */
  @Test
  void digestCoversSizesAndChunksInADefinedOrder() {
    Manifest manifest = Manifest.of(ByteBuffer.wrap(new byte[] {'a', 'b', 'c'}), 2);
    assertThat(manifest.digest().hex())
        .isEqualTo("8129df5ef3f098a23e8ab2e32198c795f40ae73cd9a36792bb2b8777e98bbf14");
    assertThat(Manifest.of(ByteBuffer.wrap(new byte[] {'a', 'b', 'c'}), 3).digest())
        .isNotEqualTo(manifest.digest());
  }

  @Test
  void verifiesNeitherWrongBytesNorWrongLengths() {
    Manifest manifest = Manifest.of(ByteBuffer.wrap(new byte[] {1, 2, 3}), 2);
    ByteBuf wrong = Unpooled.wrappedBuffer(new byte[] {1, 3});
    ByteBuf shorter = Unpooled.wrappedBuffer(new byte[] {1});
    ByteBuf last = Unpooled.wrappedBuffer(new byte[] {3});
    assertThat(manifest.verifies(0, wrong)).isFalse();
    assertThat(manifest.verifies(0, shorter)).isFalse();
    assertThat(manifest.verifies(1, last)).isTrue();
    assertThatThrownBy(() -> manifest.verifies(2, last))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }
}
