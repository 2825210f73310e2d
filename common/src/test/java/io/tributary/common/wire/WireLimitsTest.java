package io.tributary.common.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.UserErrorException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class WireLimitsTest {
  private static final WireLimits LIMITS = WireLimits.DEFAULT;

  @Property
  void everyBlobWithinBoundsHasAChunkSizeThatPeersAccept(
      @ForAll @LongRange(min = 1, max = 8L << 30) long totalBytes) {
    int chunkBytes = LIMITS.chunkBytesFor(totalBytes);
    assertThat(chunkBytes).isBetween(LIMITS.chunkBytes(), LIMITS.maxChunkBytes());
    assertThat(Manifest.chunkCount(totalBytes, chunkBytes))
        .isLessThanOrEqualTo(LIMITS.maxChunksPerBlob());
  }

  @Test
  void usesTheUsualChunkWhileItSuffices() {
    assertThat(LIMITS.chunkBytesFor(1)).isEqualTo(64 << 10);
    assertThat(LIMITS.chunkBytesFor(1L << 30)).isEqualTo(64 << 10);
    assertThat(LIMITS.chunkBytesFor((1L << 30) + 1)).isEqualTo(128 << 10);
    assertThat(LIMITS.chunkBytesFor(8L << 30)).isEqualTo(512 << 10);
  }

  @Test
  void explainsWhyABlobIsTooLarge() {
    assertThatThrownBy(() -> LIMITS.chunkBytesFor((8L << 30) + 1))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("8589934593 bytes cannot be sent")
        .hasMessageContaining("choose a smaller model");
  }

  @Test
  void refusesBoundsThatContradictEachOther() {
    assertThatThrownBy(() -> Limits.with(b -> b.lowWater = b.highWater + 1))
        .hasMessageStartingWith("outboundHighWaterBytes is");
    assertThatThrownBy(() -> Limits.with(b -> b.idleMillis = b.heartbeatMillis))
        .hasMessageStartingWith("idleTimeoutMillis is");
    assertThatThrownBy(() -> Limits.with(b -> b.maxChunks = 32_768))
        .hasMessageStartingWith("maxChunksPerBlob is 32768, whose digests take 1048576 bytes");
    assertThatThrownBy(() -> Limits.with(b -> b.maxChunk = b.chunk - 1))
        .hasMessageStartingWith("maxChunkBytes is");
  }
}
