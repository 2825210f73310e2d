package io.tributary.coordinator.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class AesCtrCipherTest {
  private static byte[] key(long seed) {
    byte[] key = new byte[AesCtrCipher.KEY_BYTES];
    new Random(seed).nextBytes(key);
    return key;
  }

  @Property(tries = 200)
  void anyPieceIsWhatTheWholeStreamHasThere(
      @ForAll long seed,
      @ForAll @IntRange(min = 0, max = 900) int from,
      @ForAll @IntRange(min = 0, max = 900) int length,
      @ForAll boolean direct)
      throws Exception {
    byte[] content = new byte[2000];
    new Random(seed + 1).nextBytes(content);
    Cipher whole = Cipher.getInstance("AES/CTR/NoPadding"); // the oracle counts for itself
    whole.init(
        Cipher.ENCRYPT_MODE,
        new SecretKeySpec(key(seed), "AES"),
        new IvParameterSpec(new byte[16]));
    byte[] expected = whole.doFinal(content);

    ByteBuffer piece = direct ? ByteBuffer.allocateDirect(2000) : ByteBuffer.allocate(2000);
    piece.put(content).position(from).limit(from + length);
    AesCtrCipher cipher = new AesCtrCipher(key(seed));
    cipher.apply(from, piece);
    assertThat(piece.position()).isEqualTo(from);
    assertThat(piece.limit()).isEqualTo(from + length);
    byte[] all = bytes(piece);
    assertThat(Arrays.copyOfRange(all, from, from + length))
        .isEqualTo(Arrays.copyOfRange(expected, from, from + length));
    cipher.apply(from, piece);
    assertThat(bytes(piece)).isEqualTo(content); // and nothing beside it has changed
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] all = new byte[buffer.capacity()];
    buffer.duplicate().clear().get(all);
    return all;
  }

  @Test
  void countsBeyondFourGigabytes() throws Exception {
    long offset = (1L << 36) + 5;
    ByteBuffer zeros = ByteBuffer.allocate(20);
    new AesCtrCipher(key(1)).apply(offset, zeros);
    Cipher block = Cipher.getInstance("AES/ECB/NoPadding");
    block.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key(1), "AES"));
    byte[] counters =
        HexFormat.of().parseHex("0".repeat(22) + "0100000000" + "0".repeat(22) + "0100000001");
    byte[] stream = block.doFinal(counters);
    assertThat(zeros.array()).isEqualTo(Arrays.copyOfRange(stream, 5, 25));
  }
}
