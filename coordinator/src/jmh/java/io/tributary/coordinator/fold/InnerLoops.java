package io.tributary.coordinator.fold;

import io.tributary.common.job.ServerRules;
import io.tributary.common.sum.FixedPoint;
import io.tributary.common.sum.FixedPointSum;
import io.tributary.common.update.L2Clip;
import io.tributary.common.update.UpdatePipeline;
import io.tributary.coordinator.optimize.ServerOptimizers;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The loops that run over every value of every update, and the memory's triad beside them. A score
 * is the time of one value; {@link InnerLoopTable} makes bytes a second of it.
 *
 * <p>Data lies as in a fold: updates where no cache holds them, sums and tiles reused.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 1,
    jvmArgsAppend = {"-Xmx1g", "-Xms1g"})
public class InnerLoops {
  /** Updates that are compared with each other. */
  static final int COMPARED = 100;

  /** Values of each of them in one pass over the distances. */
  static final int COMPARED_VALUES = 8 * 1024;

  /** Updates that are ranked: few enough for tiles of full length. */
  static final int RANKED = 32;

  /** Weight of an update. */
  static final long WEIGHT = 1000;

  /** The triad's arrays, as {@code tributary bench fold} has them. */
  @State(Scope.Benchmark)
  public static class Triad {
    double[] a;
    double[] b;
    double[] c;

    /** Makes 192 MiB. */
    @Setup
    public void setUp() {
      a = new double[Tiles.VALUES / 4];
      b = new double[Tiles.VALUES / 4];
      c = new double[Tiles.VALUES / 4];
      Arrays.fill(b, 1);
      Arrays.fill(c, 2);
    }
  }

  /** A tile of every update, and what the coordinator holds beside it. */
  @State(Scope.Benchmark)
  public static class Folding {
    float[][] tiles;
    FixedPointSum sum;
    double[] aggregate;
    RankedTile median;
    RankedTile trimmed;
    UpdateTiles compared;
    CoefficientSum coefficients;

    /** Makes 128 MiB of noise. */
    @Setup
    public void setUp() {
      tiles = Tiles.noise();
      sum = new FixedPointSum(FixedPoint.forBounds(COMPARED, 1 << 20, 8), Tiles.LENGTH);
      sum.reset(Tiles.LENGTH);
      sum.add(tiles[0], WEIGHT); // a quotient of zero would be quicker
      aggregate = new double[Tiles.LENGTH];
      median = new RankedTile(RANKED, Tiles.LENGTH, (RANKED - 1) / 2, RANKED / 2);
      trimmed = new RankedTile(RANKED, Tiles.LENGTH, RANKED / 10, RANKED - 1 - RANKED / 10);
      compared = Tiles.updates(tiles, COMPARED, COMPARED_VALUES);
      coefficients = new CoefficientSum(new double[] {0.125}, 1, Tiles.LENGTH);
      coefficients.begin(Tiles.LENGTH);
    }
  }

  /** One tile of a server's step. */
  @State(Scope.Benchmark)
  public static class Stepping {
    /** As in a job. */
    @Param({"SGD", "MOMENTUM", "ADAGRAD", "ADAM", "YOGI"})
    ServerRules.Optimizer optimizer;

    ServerOptimizer step;
    float[] base;
    double[] aggregate;
    float[][] state;
    float[] out;

    /** The state begins as in round 1. */
    @Setup
    public void setUp() {
      step =
          ServerOptimizers.of(new ServerRules(optimizer, null, null, null, null, null, null, null));
      base = Tiles.tile(1);
      float[] delta = Tiles.tile(2);
      aggregate = new double[Tiles.LENGTH];
      for (int i = 0; i < aggregate.length; i++) {
        aggregate[i] = delta[i];
      }
      out = new float[Tiles.LENGTH];
      state = new float[step.stateVectors()][Tiles.LENGTH];
      for (int vector = 0; vector < state.length; vector++) {
        Arrays.fill(state[vector], step.initialState(vector));
      }
    }
  }

  /** 24 bytes a value: {@code a = b + c}. */
  @Benchmark
  @OperationsPerInvocation(Tiles.VALUES / 4)
  public double[] memoryTriad(Triad triad) {
    triad(triad.a, triad.b, triad.c);
    return triad.a;
  }

  private static void triad(double[] a, double[] b, double[] c) {
    for (int i = 0; i < a.length; i++) {
      a[i] = b[i] + 3 * c[i];
    }
  }

  /** The weighted mean's loop: 4 bytes of the update, 8 read and 8 written of the sum. */
  @Benchmark
  @OperationsPerInvocation(Tiles.VALUES)
  public FixedPointSum weightedSum(Folding folding) {
    folding.sum.reset(Tiles.LENGTH);
    for (float[] tile : folding.tiles) {
      folding.sum.add(tile, WEIGHT);
    }
    return folding.sum;
  }

  /** The same of clipped updates. */
  @Benchmark
  @OperationsPerInvocation(Tiles.VALUES)
  public FixedPointSum clippedSum(Folding folding) {
    folding.sum.reset(Tiles.LENGTH);
    for (float[] tile : folding.tiles) {
      folding.sum.addScaled(tile, WEIGHT, 0.75);
    }
    return folding.sum;
  }

  /** The same of every site alike. */
  @Benchmark
  @OperationsPerInvocation(Tiles.VALUES)
  public FixedPointSum unweightedSum(Folding folding) {
    folding.sum.reset(Tiles.LENGTH);
    for (float[] tile : folding.tiles) {
      folding.sum.add(tile, 1);
    }
    return folding.sum;
  }

  /** Once a value of the model: 8 bytes of the sum, 8 of the mean. */
  @Benchmark
  @OperationsPerInvocation(Tiles.LENGTH)
  public double[] meanOfSum(Folding folding) {
    folding.sum.mean(RANKED * WEIGHT, folding.aggregate);
    return folding.aggregate;
  }

  /** What Krum and the geometric median add up: 20 bytes as well. */
  @Benchmark
  @OperationsPerInvocation(Tiles.VALUES)
  public CoefficientSum coefficientSum(Folding folding) {
    folding.coefficients.begin(Tiles.LENGTH);
    for (float[] tile : folding.tiles) {
      folding.coefficients.accumulate(0, tile);
    }
    return folding.coefficients;
  }

  /** Copying a tile of every update and finding the two middle ranks: 4 bytes. */
  @Benchmark
  @OperationsPerInvocation(RANKED * Tiles.LENGTH)
  public double[] median(Folding folding) {
    return rank(folding.median, folding);
  }

  /** The same with all ranks but the outer tenths. */
  @Benchmark
  @OperationsPerInvocation(RANKED * Tiles.LENGTH)
  public double[] trimmedMean(Folding folding) {
    return rank(folding.trimmed, folding);
  }

  private static double[] rank(RankedTile ranks, Folding folding) {
    ranks.begin(Tiles.LENGTH);
    for (int update = 0; update < RANKED; update++) {
      ranks.accumulate(update, folding.tiles[update]);
    }
    ranks.finish(folding.aggregate);
    return folding.aggregate;
  }

  /** Every update with every other, on all cores: 4 bytes, each compared with 99 others. */
  @Benchmark
  @OperationsPerInvocation(COMPARED * COMPARED_VALUES)
  public PairwiseDistances pairwiseDistances(Folding folding) throws IOException {
    return PairwiseDistances.of(folding.compared, COMPARED_VALUES);
  }

  /** The coordinator's norm of an update: 4 bytes. */
  @Benchmark
  @OperationsPerInvocation(Tiles.VALUES)
  public double norm(Folding folding) {
    double squares = 0;
    for (float[] tile : folding.tiles) {
      for (int from = 0; from < tile.length; from += Blocks.VALUES) {
        squares += Blocks.squares(tile, from, from + Blocks.VALUES);
      }
    }
    return Math.sqrt(squares);
  }

  /** A site's check, norm and clip of a copy: 4 bytes read three times, 4 written. */
  @Benchmark
  @OperationsPerInvocation(Tiles.LENGTH)
  public float[] siteClip(Folding folding, Clipping clipping) {
    System.arraycopy(folding.tiles[0], 0, clipping.delta, 0, Tiles.LENGTH);
    return clipping.clip.apply(clipping.delta);
  }

  /** A site's check that every value is finite: 4 bytes. */
  @Benchmark
  @OperationsPerInvocation(Tiles.VALUES)
  public float[] finiteCheck(Folding folding, Clipping clipping) {
    float[] last = null;
    for (float[] tile : folding.tiles) {
      last = clipping.finite.apply(tile);
    }
    return last;
  }

  /** A site's pipelines. */
  @State(Scope.Benchmark)
  public static class Clipping {
    final UpdatePipeline finite = UpdatePipeline.start().build();
    final UpdatePipeline clip = UpdatePipeline.start().then(new L2Clip(0.5)).build();
    final float[] delta = new float[Tiles.LENGTH];
  }

  /** 4 bytes of the base, 8 of the aggregate, 4 of the result, and 8 for a vector of state. */
  @Benchmark
  @OperationsPerInvocation(Tiles.LENGTH)
  public float[] serverStep(Stepping stepping) {
    stepping.step.step(
        stepping.base, stepping.aggregate, stepping.state, Tiles.LENGTH, 0.01, stepping.out);
    return stepping.out;
  }
}
