package io.tributary.coordinator.fold;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class BlocksTest {
  @Property(tries = 100)
  void sumsEveryValueOnceWhateverTheLength(
      @ForAll @IntRange(min = 0, max = Blocks.VALUES) int length, @ForAll long seed) {
    Random random = new Random(seed);
    float[] a = new float[length + 3];
    double[] x = new double[Blocks.VALUES];
    double[] y = new double[Blocks.VALUES];
    double squares = 0;
    double distance = 0;
    for (int i = 0; i < length + 3; i++) {
      a[i] = random.nextFloat();
      squares += i >= 3 ? (double) a[i] * a[i] : 0;
    }
    for (int i = 0; i < length; i++) {
      x[i] = random.nextDouble();
      y[i] = random.nextDouble();
      distance += (x[i] - y[i]) * (x[i] - y[i]);
    }
    Percentage rounding = Percentage.withPercentage(1e-10);
    assertThat(Blocks.squares(a, 3, length + 3)).isCloseTo(squares, rounding);
    assertThat(Blocks.squaredDistance(x, y, new double[Blocks.LANES]))
        .isCloseTo(distance, rounding);
  }

  @Test
  void aPassIsWholeBlocksAndAtLeastOne() {
    assertThat(Blocks.passValues(1)).isEqualTo(1024);
    assertThat(Blocks.passValues(5000)).isEqualTo(4096);
  }
}
