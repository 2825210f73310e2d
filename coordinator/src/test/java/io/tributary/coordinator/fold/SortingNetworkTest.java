package io.tributary.coordinator.fold;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SortingNetworkTest {
  /** The 0-1 principle: a network that sorts every column of zeros and ones sorts everything. */
  @Test
  void sortsEveryColumnOfZerosAndOnes() {
    for (int rows = 1; rows <= 12; rows++) {
      SortingNetwork whole = new SortingNetwork(rows, 0, rows - 1);
      float[][] values = zerosAndOnes(rows);
      whole.sort(values, 1 << rows);
      for (int rank = 0; rank < rows; rank++) {
        assertRank(values, rows, rank);
      }
      SortingNetwork median = new SortingNetwork(rows, (rows - 1) / 2, rows / 2);
      values = zerosAndOnes(rows);
      median.sort(values, 1 << rows);
      assertRank(values, rows, (rows - 1) / 2);
      assertRank(values, rows, rows / 2);
      assertThat(median.comparators()).isLessThanOrEqualTo(whole.comparators());
    }
  }

  private static float[][] zerosAndOnes(int rows) {
    float[][] values = new float[rows][1 << rows];
    for (int column = 0; column < 1 << rows; column++) {
      for (int row = 0; row < rows; row++) {
        values[row][column] = (column >> row) & 1;
      }
    }
    return values;
  }

  private static void assertRank(float[][] values, int rows, int rank) {
    for (int column = 0; column < 1 << rows; column++) {
      int zeros = rows - Integer.bitCount(column);
      assertThat(values[rank][column]).isEqualTo(rank < zeros ? 0 : 1);
    }
  }

  @Test
  void hasTheNumberOfComparatorsOfMergeExchange() {
    // Knuth, volume 3, section 5.2.2: 5, 19 and 63 for 4, 8 and 16.
    assertThat(new SortingNetwork(1, 0, 0).comparators()).isZero();
    assertThat(new SortingNetwork(4, 0, 3).comparators()).isEqualTo(5);
    assertThat(new SortingNetwork(8, 0, 7).comparators()).isEqualTo(19);
    assertThat(new SortingNetwork(16, 0, 15).comparators()).isEqualTo(63);
  }

  @Test
  void leavesOutWhatTheWantedRankDoesNotDependOn() {
    // The least of 8 needs 7 comparators.
    assertThat(new SortingNetwork(8, 0, 0).comparators()).isEqualTo(7);
    assertThat(new SortingNetwork(100, 49, 50).comparators())
        .isLessThan(new SortingNetwork(100, 0, 99).comparators());
  }

  @Test
  void sortsManyRowsOfAnything() {
    Random random = new Random(1);
    int rows = 100;
    float[][] values = new float[rows][7];
    float[][] columns = new float[7][rows];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < 7; column++) {
        values[row][column] = (float) random.nextGaussian();
        columns[column][row] = values[row][column];
      }
    }
    new SortingNetwork(rows, 0, rows - 1).sort(values, 7);
    for (int column = 0; column < 7; column++) {
      Arrays.sort(columns[column]);
      for (int row = 0; row < rows; row++) {
        assertThat(values[row][column]).isEqualTo(columns[column][row]);
      }
    }
  }
}
