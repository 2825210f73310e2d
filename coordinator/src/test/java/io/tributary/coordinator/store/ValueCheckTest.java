package io.tributary.coordinator.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.common.tensor.Layout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ValueCheckTest {
  private static final Layout LAYOUT = Samples.JOB.model().config().layout();
  private static final int VALUES = LAYOUT.trainableCount();

  private static ValueCheck check(double maxAbs) {
    return new ValueRules(LAYOUT, maxAbs).begin();
  }

  private static void inspect(ValueCheck check, float[] values, int from, int to) {
    ByteBuffer chunk =
        ByteBuffer.allocateDirect((to - from) * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = from; i < to; i++) {
      chunk.putFloat(values[i]);
    }
    check.inspect((long) from * Float.BYTES, chunk.flip().order(ByteOrder.BIG_ENDIAN));
  }

  private static Optional<String> violation(double maxAbs, float value) {
    ValueCheck check = check(maxAbs);
    float[] values = new float[VALUES];
    values[3] = value;
    inspect(check, values, 0, VALUES);
    return check.violation();
  }

  @Test
  void takesEveryFiniteValueUpToTheBoundItself() {
    for (float value : new float[] {0f, -0f, 2f, -2f, Float.MIN_VALUE, Math.nextDown(2f)}) {
      assertThat(violation(2.0, value)).isEmpty();
    }
    assertThat(violation(1e300, Float.MAX_VALUE)).isEmpty();
    assertThat(violation(1e300, -Float.MAX_VALUE)).isEmpty();
  }

  @Test
  void namesPlaceValueAndBoundOfWhatIsBeyond() {
    assertThat(violation(2.0, Math.nextUp(2f)))
        .contains("value 3 of token.embedding is 2.0000002 but update.max-abs is 2.0");
    assertThat(violation(2.0, -2.5f))
        .contains("value 3 of token.embedding is -2.5 but update.max-abs is 2.0");
    assertThat(violation(1e300, Float.NaN))
        .contains("value 3 of token.embedding is NaN but must be finite");
    assertThat(violation(1e300, Float.intBitsToFloat(0xffff_ffff))).isPresent();
    assertThat(violation(1e300, Float.POSITIVE_INFINITY).orElseThrow()).contains("is Infinity");
    assertThat(violation(1e300, Float.NEGATIVE_INFINITY).orElseThrow()).contains("is -Infinity");
  }

  /** As float, 0.1 is more than 0.1: that float is beyond the bound and the one below is not. */
  @Test
  void roundsTheBoundItselfNeverUp() {
    assertThat((double) 0.1f).isGreaterThan(0.1);
    assertThat(violation(0.1, 0.1f)).isPresent();
    assertThat(violation(0.1, Math.nextDown(0.1f))).isEmpty();
  }

  @Property(tries = 200)
  void findsTheFirstOfAnyValuesBeyondTheBoundInAnyOrderOfChunks(
      @ForAll long seed,
      @ForAll @DoubleRange(min = 0.01, max = 1) double maxAbs,
      @ForAll @IntRange(min = 1, max = 300) int chunkValues) {
    Random random = new Random(seed);
    float[] values = new float[VALUES];
    for (int i = 0; i < VALUES; i++) {
      values[i] = (float) ((2 * random.nextDouble() - 1) * maxAbs);
    }
    for (int i = random.nextInt(4); i > 0; i--) {
      values[random.nextInt(VALUES)] = (float) (maxAbs * (1 + random.nextDouble()));
    }
    int[] starts = IntStream.range(0, (VALUES + chunkValues - 1) / chunkValues).toArray();
    ValueCheck check = check(maxAbs);
    for (int left = starts.length; left > 0; left--) {
      int pick = random.nextInt(left);
      int from = starts[pick] * chunkValues;
      starts[pick] = starts[left - 1];
      inspect(check, values, from, Math.min(VALUES, from + chunkValues));
    }
    Optional<String> expected =
        IntStream.range(0, VALUES)
            .filter(i -> !(Math.abs((double) values[i]) <= maxAbs))
            .mapToObj(i -> new ValueRules(LAYOUT, maxAbs).violation(i, values[i]))
            .findFirst();
    assertThat(check.violation()).isEqualTo(expected);
  }
}
