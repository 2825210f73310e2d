package io.tributary.coordinator.fold;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RankedTileTest {
  @Test
  void ranksFloatsOfEverySignAndSize() {
    float[] values = {
      Float.MIN_VALUE, -Float.MIN_VALUE, 8, -8, 0.0f, -0.0f, 1e-30f, -1e-30f, Float.MAX_VALUE
    };
    float[] sorted = values.clone();
    Arrays.sort(sorted);
    for (int rank = 0; rank < values.length; rank++) {
      RankedTile tile = new RankedTile(values.length, 1, rank, rank);
      tile.begin(1);
      for (int update = 0; update < values.length; update++) {
        tile.accumulate(update, new float[] {values[update]});
      }
      double[] out = new double[1];
      tile.finish(out);
      assertThat((float) out[0]).isEqualTo(sorted[rank] + 0.0f); // a mean has no negative zero
    }
  }

  @Test
  void averagesRanksOverTilesLongerThanTheColumnsSortedAtOnce() {
    Random random = new Random(2);
    int length = 1300;
    float[][] updates = new float[7][length];
    RankedTile tile = new RankedTile(7, 2000, 2, 4);
    for (int pass = 0; pass < 2; pass++) { // the second tile forgets the first
      tile.begin(length);
      for (int update = 0; update < 7; update++) {
        for (int i = 0; i < length; i++) {
          updates[update][i] = random.nextFloat() - 0.5f;
        }
        tile.accumulate(update, updates[update]);
      }
      double[] out = new double[2000];
      tile.finish(out);
      for (int i = 0; i < length; i++) {
        double[] column = new double[7];
        for (int update = 0; update < 7; update++) {
          column[update] = updates[update][i];
        }
        Arrays.sort(column);
        assertThat(out[i]).isEqualTo((column[2] + column[3] + column[4]) / 3);
      }
    }
  }
}
