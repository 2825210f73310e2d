package io.tributary.coordinator.fold;

import io.tributary.common.sum.FixedPoint;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The same results value by value, as one would write them without a thought of speed: the
 * reference of {@link InnerLoops}, method for method.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 1,
    jvmArgsAppend = {"-Xmx1g", "-Xms1g"})
public class NaiveLoops {
  private static final FixedPoint FORMAT = FixedPoint.forBounds(InnerLoops.COMPARED, 1 << 20, 8);

  private final long[] sums = new long[Tiles.LENGTH];
  private final double[] aggregate = new double[Tiles.LENGTH];
  private final float[] column = new float[InnerLoops.RANKED];

  /** Quantises and adds each value by the format's own method. */
  @Benchmark
  @OperationsPerInvocation(Tiles.VALUES)
  public long[] weightedSum(InnerLoops.Folding folding) {
    Arrays.fill(sums, 0);
    for (float[] tile : folding.tiles) {
      for (int i = 0; i < Tiles.LENGTH; i++) {
        sums[i] += FORMAT.quantise(tile[i], InnerLoops.WEIGHT);
      }
    }
    return sums;
  }

  /** Sorts each coordinate's values. */
  @Benchmark
  @OperationsPerInvocation(InnerLoops.RANKED * Tiles.LENGTH)
  public double[] median(InnerLoops.Folding folding) {
    return ranks(folding, (InnerLoops.RANKED - 1) / 2, InnerLoops.RANKED / 2);
  }

  /** Sorts each coordinate's values. */
  @Benchmark
  @OperationsPerInvocation(InnerLoops.RANKED * Tiles.LENGTH)
  public double[] trimmedMean(InnerLoops.Folding folding) {
    int cut = InnerLoops.RANKED / 10;
    return ranks(folding, cut, InnerLoops.RANKED - 1 - cut);
  }

  private double[] ranks(InnerLoops.Folding folding, int first, int last) {
    for (int i = 0; i < Tiles.LENGTH; i++) {
      for (int update = 0; update < column.length; update++) {
        column[update] = folding.tiles[update][i];
      }
      Arrays.sort(column);
      double sum = 0;
      for (int rank = first; rank <= last; rank++) {
        sum += column[rank];
      }
      aggregate[i] = sum / (last - first + 1);
    }
    return aggregate;
  }

  /** One sum for each pair, on one core. */
  @Benchmark
  @OperationsPerInvocation(InnerLoops.COMPARED * InnerLoops.COMPARED_VALUES)
  public double pairwiseDistances(InnerLoops.Folding folding) {
    double all = 0;
    for (int i = 0; i < InnerLoops.COMPARED; i++) {
      for (int j = 0; j < i; j++) {
        double squares = 0;
        for (int v = 0; v < InnerLoops.COMPARED_VALUES; v++) {
          double difference = (double) folding.tiles[i][v] - folding.tiles[j][v];
          squares += difference * difference;
        }
        all += squares;
      }
    }
    return all;
  }

  /** One sum. */
  @Benchmark
  @OperationsPerInvocation(Tiles.VALUES)
  public double norm(InnerLoops.Folding folding) {
    double squares = 0;
    for (float[] tile : folding.tiles) {
      for (float value : tile) {
        squares += (double) value * value;
      }
    }
    return Math.sqrt(squares);
  }

  /** Looks at each value. */
  @Benchmark
  @OperationsPerInvocation(Tiles.VALUES)
  public boolean finiteCheck(InnerLoops.Folding folding) {
    for (float[] tile : folding.tiles) {
      for (float value : tile) {
        if (!Float.isFinite(value)) {
          return false;
        }
      }
    }
    return true;
  }
}
