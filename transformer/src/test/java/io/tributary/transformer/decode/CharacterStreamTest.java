package io.tributary.transformer.decode;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class CharacterStreamTest {
  @Test
  void anUnfinishedCharacterWaitsForItsBytes() {
    byte[] euro = "€".getBytes(UTF_8);
    CharacterStream stream = new CharacterStream();
    assertThat(stream.take(euro, 0, 1)).isEmpty();
    assertThat(stream.take(euro, 1, 2)).isEmpty();
    assertThat(stream.take(euro, 2, 3)).isEqualTo("€");
  }

  @Test
  void whatIsNoUtf8IsReplaced() {
    byte[] bytes = {'a', (byte) 0xFF, 'b', (byte) 0xE2, 'c'};
    assertThat(new CharacterStream().take(bytes, 0, bytes.length)).isEqualTo("a\uFFFDb\uFFFDc");
  }

  @Property
  void piecesGiveTheSameCharactersAsTheWhole(
      @ForAll String text, @ForAll @IntRange(min = 1, max = 5) int pieceLength) {
    byte[] bytes = text.getBytes(UTF_8); // lone surrogates become question marks
    CharacterStream stream = new CharacterStream();
    StringBuilder joined = new StringBuilder();
    for (int at = 0; at < bytes.length; at += pieceLength) {
      String piece = stream.take(bytes, at, Math.min(bytes.length, at + pieceLength));
      assertThat(UTF_8.newEncoder().canEncode(piece)).as("whole characters").isTrue();
      joined.append(piece);
    }
    assertThat(joined.toString()).isEqualTo(new String(bytes, UTF_8));
  }

  @Property
  void noBytesAreTooStrange(@ForAll @Size(max = 20) byte[] bytes) {
    CharacterStream stream = new CharacterStream();
    StringBuilder joined = new StringBuilder();
    for (int at = 0; at < bytes.length; at++) {
      joined.append(stream.take(bytes, at, at + 1));
    }
    assertThat(new String(bytes, UTF_8)).startsWith(joined.toString());
  }
}
