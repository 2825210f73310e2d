package io.tributary.common.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class DigestTest {
  /** FIPS 180-4, the one-block example. */
  private static final String ABC =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

  private static final byte[] TEXT = "abc".getBytes(StandardCharsets.US_ASCII);

  @Test
  void hashesArraysBuffersAndSplitBuffersAlike() {
    ByteBuf split =
        Unpooled.wrappedBuffer(
            Unpooled.copiedBuffer(TEXT, 0, 1), Unpooled.copiedBuffer(TEXT, 1, 2));
    ByteBuffer direct = ByteBuffer.allocateDirect(3).put(TEXT).flip();
    assertThat(Digest.sha256(TEXT).hex()).isEqualTo(ABC);
    assertThat(Digest.sha256(direct).hex()).isEqualTo(ABC);
    assertThat(Digest.sha256(split).hex()).isEqualTo(ABC);
    assertThat(direct.remaining()).isEqualTo(3);
    assertThat(split.readableBytes()).isEqualTo(3);
    assertThat(split.release()).isTrue();
  }

  @Test
  void readsBackItsOwnHex() {
    assertThat(Digest.fromHex(ABC)).isEqualTo(Digest.sha256(TEXT)).hasToString(ABC);
    assertThat(Digest.fromHex(ABC).shortHex()).isEqualTo("ba7816bf8f01");
  }

  @Test
  void refusesWhatIsNoDigest() {
    assertThatThrownBy(() -> Digest.fromHex("ba78"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("64 hexadecimal digits, not 4");
    assertThatThrownBy(() -> Digest.fromHex("z".repeat(64)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Digest.of(new byte[31]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("32 bytes, not 31");
  }

  @Test
  void cannotBeChangedThroughItsBytes() {
    Digest digest = Digest.sha256(TEXT);
    digest.bytes()[0] ^= 1;
    assertThat(digest.hex()).isEqualTo(ABC);
  }
}
