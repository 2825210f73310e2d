package io.tributary.coordinator.fold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.sum.FixedPoint;
import io.tributary.common.tensor.Initializer;
import io.tributary.common.tensor.Layout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How a fold hands an optimizer its state: here one that only counts and adds. */
class ServerStepTest {
  private static final FixedPoint FORMAT = FixedPoint.forBounds(8, 1 << 20, 8);
  private static final Initializer ZEROS = new Initializer.Zeros();

  /** Five trainable values in two tensors, with frozen ones around and between them. */
  private static final Layout LAYOUT =
      Layout.builder()
          .addFrozen("before", ZEROS, 1)
          .add("a", ZEROS, 3)
          .addFrozen("between", ZEROS, 2)
          .add("b", ZEROS, 2)
          .build();

  @TempDir private Path directory;

  /** Vector 0 sums up aggregates, 1 counts rounds from 7; the weights get rate times the sum. */
  private static final class Summing implements ServerOptimizer {
    @Override
    public int stateVectors() {
      return 2;
    }

    @Override
    public float initialState(int vector) {
      return 7 * vector;
    }

    @Override
    public void step(
        float[] base,
        double[] aggregate,
        float[][] state,
        int length,
        double learningRate,
        float[] out) {
      for (int i = 0; i < length; i++) {
        state[0][i] += (float) aggregate[i];
        state[1][i]++;
        out[i] = (float) (base[i] + learningRate * state[0][i]);
      }
    }
  }

  private Path file(String name, float... values) throws IOException {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return Files.write(directory.resolve(name), bytes.array());
  }

  private static float[] values(Path file) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    float[] values = new float[bytes.remaining() / Float.BYTES];
    bytes.asFloatBuffer().get(values);
    return values;
  }

  private void fold(int tileValues, Path base, Path out, ServerStep step, float... delta)
      throws IOException {
    FoldInput input = MemoryUpdates.input(3, delta);
    new TiledFold(LAYOUT, FORMAT, new WeightedMean(), tileValues)
        .fold(base, List.of(input), out, step);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 64})
  void stateGoesFromRoundToRoundVectorAfterVectorForEveryTileSize(int tileValues)
      throws IOException {
    Path one = directory.resolve("one.state");
    Path two = directory.resolve("two.state");
    Path model = directory.resolve("model");
    fold(
        tileValues,
        file("base", 9, 0, 0, 0, 8, 8, 0, 0),
        model,
        new ServerStep(new Summing(), 0.5, Optional.empty(), Optional.of(one)),
        1,
        2,
        3,
        4,
        5);
    assertThat(values(one)).containsExactly(1, 2, 3, 4, 5, 8, 8, 8, 8, 8);
    assertThat(values(model)).containsExactly(9, 0.5f, 1, 1.5f, 8, 8, 2, 2.5f);

    Files.write(two, new byte[1000]); // of a process that was killed: overwritten whole
    fold(
        tileValues,
        model,
        directory.resolve("next"),
        new ServerStep(new Summing(), 2, Optional.of(one), Optional.of(two)),
        0,
        0,
        -1,
        0,
        0);
    assertThat(values(two)).containsExactly(1, 2, 2, 4, 5, 9, 9, 9, 9, 9);
    assertThat(values(directory.resolve("next")))
        .containsExactly(9, 2.5f, 5, 5.5f, 8, 8, 10, 12.5f);
    assertThat(values(one)).containsExactly(1, 2, 3, 4, 5, 8, 8, 8, 8, 8);
  }

  @Test
  void stateOfAnotherLengthIsRefusedWithTheNumbers() throws IOException {
    Path state = file("short", 1, 2, 3);
    Path base = file("base", 9, 0, 0, 0, 8, 8, 0, 0);
    ServerStep step =
        new ServerStep(
            new Summing(), 1, Optional.of(state), Optional.of(directory.resolve("after")));
    assertThatThrownBy(() -> fold(2, base, directory.resolve("out"), step, 1, 2, 3, 4, 5))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("short has 12 bytes but 2 state vectors of 5 values need 40");
  }

  @Test
  void filesBelongToAnOptimizerThatKeepsStateAndToNoOther() {
    Optional<Path> file = Optional.of(directory.resolve("state"));
    assertThatThrownBy(() -> new ServerStep(new Summing(), 1, file, Optional.empty()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("keeps 2 vectors");
    assertThatThrownBy(() -> new ServerStep(new Sgd(), 1, Optional.empty(), file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("keeps 0 vectors");
  }
}
