package io.tributary.common.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.tributary.common.tensor.Layout;
import io.tributary.common.tensor.TensorSpec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class InitialWeightsTest {
  private static final Layout LAYOUT = TransformerConfig.preset("shakespeare-tiny").layout();

  /** Coordinators of different JVMs must start a job from the same model: these bits are frozen. */
  @Test
  void bitsAreTheSameOnEveryJvm() throws NoSuchAlgorithmException {
    float[] weights = InitialWeights.create(LAYOUT, 42);
    ByteBuffer bytes = ByteBuffer.allocate(weights.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(weights);
    String digest =
        HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes.array()));
    assertThat(digest)
        .isEqualTo("590034a203fd115d8f8cff7fa83c19b7ecc341832ddc1d97452ee6d947a4ff45");
  }

  @Test
  void seedsGiveDifferentWeights() {
    assertThat(InitialWeights.create(LAYOUT, 1)).isNotEqualTo(InitialWeights.create(LAYOUT, 2));
  }

  @Test
  void tensorsFollowTheirInitializers() {
    float[] weights = InitialWeights.create(LAYOUT, 7);
    assertThat(values(weights, "final.norm.gain")).containsOnly(1f);
    assertThat(values(weights, "layer.0.attention.input.bias")).containsOnly(0f);
    assertThat(deviation(values(weights, "token.embedding"))).isCloseTo(0.02, within(3e-4));
    assertThat(deviation(values(weights, "layer.2.feedforward.output.weight")))
        .isCloseTo(0.02 / Math.sqrt(6), within(2e-4));
  }

  @Test
  void piecesOfAnySizeGiveTheSameBits() {
    float[] whole = InitialWeights.create(LAYOUT, 42);
    InitialWeights pieces = new InitialWeights(LAYOUT, 42);
    float[] piece = new float[1_000];
    Random random = new Random(5);
    for (int at = 0; at < whole.length; ) {
      int length = (int) Math.min(1 + random.nextInt(piece.length), pieces.remaining());
      pieces.next(piece, length);
      assertThat(Arrays.copyOf(piece, length))
          .containsExactly(Arrays.copyOfRange(whole, at, at + length));
      at += length;
    }
    assertThat(pieces.remaining()).isZero();
    assertThatThrownBy(() -> pieces.next(piece, 1)).hasMessageContaining("only 0 are left");
  }

  private static float[] values(float[] weights, String name) {
    TensorSpec tensor = LAYOUT.tensor(name);
    return Arrays.copyOfRange(weights, (int) tensor.offset(), (int) tensor.end());
  }

  private static double deviation(float[] values) {
    double squares = 0;
    for (float value : values) {
      squares += (double) value * value;
    }
    return Math.sqrt(squares / values.length);
  }
}
