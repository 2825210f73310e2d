package io.tributary.simulation.swarm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.sum.FixedPoint;
import io.tributary.common.wire.WireLimits;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ModelCheckTest {
  private static final int VALUES = 70_000; // two chunks
  private static final int CLIENTS = 3;
  private static final FixedPoint FORMAT = FixedPoint.forBounds(CLIENTS, 1 << 20, 8);

  private final Deltas deltas = new Deltas(1, VALUES, WireLimits.DEFAULT);
  private final ModelCheck check = new ModelCheck(deltas, CLIENTS, FORMAT);
  private final float[] base = new float[VALUES];
  private final float[] published = new float[VALUES];

  /** The coordinator's own arithmetic: fixed point, in another order than the check's. */
  @BeforeEach
  void foldInFixedPoint() {
    long totalWeight = 0;
    for (int client = 0; client < CLIENTS; client++) {
      totalWeight += deltas.weight(client);
    }
    int chunk = deltas.chunkValues();
    for (int i = 0; i < VALUES; i++) {
      base[i] = (float) Math.sin(i);
      long sum = 0;
      for (int client = CLIENTS - 1; client >= 0; client--) {
        float delta =
            deltas.chunk(client, 1, i / chunk, chunk * Float.BYTES).getFloat(i % chunk * 4);
        sum += FORMAT.quantise(delta, deltas.weight(client));
      }
      published[i] = (float) (base[i] + FORMAT.mean(sum, totalWeight));
    }
  }

  @Test
  void aFoldInFixedPointPasses() throws SwarmFailedException {
    assertThat(check.check(1, base, published)).isBetween(0.5, 1.0);
  }

  @Test
  void oneValueThatIsOffByTheLastBitIsFound() {
    published[65_999] = Math.nextUp(Math.nextUp(published[65_999]));
    assertThatThrownBy(() -> check.check(1, base, published))
        .isInstanceOf(SwarmFailedException.class)
        .hasMessageContaining("value 65999 of the model of round 1 is " + published[65_999]);
  }

  @Test
  void theUpdatesOfAnotherRoundDoNotGiveThisModel() {
    assertThatThrownBy(() -> check.check(2, base, published))
        .isInstanceOf(SwarmFailedException.class);
  }

  @Test
  void valuesThatAreNotNumbersAreFound() {
    published[0] = Float.NaN;
    assertThatThrownBy(() -> check.check(1, base, published))
        .hasMessageContaining("value 0 of the model of round 1 is NaN");
  }

  @Test
  void aModelOfAnotherSizeIsFound() {
    assertThatThrownBy(() -> check.check(1, base, new float[VALUES - 1]))
        .hasMessageContaining("has 69999 values but its base has 70000");
  }
}
