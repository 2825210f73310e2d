package io.tributary.simulation.bench;

import io.tributary.common.job.AggregationRules;
import io.tributary.common.job.AggregationRules.Rule;
import io.tributary.common.random.CounterRandom;
import io.tributary.common.sum.FixedPoint;
import io.tributary.common.tensor.Initializer;
import io.tributary.common.tensor.Layout;
import io.tributary.common.wire.Digest;
import io.tributary.coordinator.fold.Aggregators;
import io.tributary.coordinator.fold.FoldInput;
import io.tributary.coordinator.fold.TiledFold;
import io.tributary.coordinator.fold.UpdateReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * How fast updates become one: the loop of the weighted mean beside this machine's memory, and
 * whole folds of every rule. The updates of the folds are noise from memory, so that no disk is
 * measured; base and result are files.
 */
public final class FoldBenchmark {
  /** Most values of a model here. */
  public static final int MAX_PARAMETERS = 200_000_000;

  private static final int PASSES = 9;

  /** Values after which the noise comes again. */
  private static final int NOISE_VALUES = 4 * 1024 * 1024;

  /** Values of a fold before the timed ones, for the compiler. */
  private static final int WARM_UP_VALUES = 512 * 1024;

  /**
   * A whole fold.
   *
   * @param rule its name in a job
   * @param seconds median over the repeats
   * @param megabytesPerSecond bytes of all updates by that
   */
  public record RuleRate(String rule, double seconds, double megabytesPerSecond) {}

  /**
   * The weighted mean's loop beside the memory, all medians of the same passes.
   *
   * @param threads cores
   * @param bandwidthOneThread bytes a second of the triad on one thread
   * @param bandwidth on all cores
   * @param meanOneThread bytes a second of the mean on one thread, as the coordinator folds
   * @param mean on all cores
   * @param shareOneThread meanOneThread by bandwidth
   * @param share mean by bandwidth
   */
  public record Memory(
      int threads,
      double bandwidthOneThread,
      double bandwidth,
      double meanOneThread,
      double mean,
      double shareOneThread,
      double share) {}

  private FoldBenchmark() {}

  /** Measures the mean's loop and the memory in turns, pass by pass. */
  public static Memory memory() {
    int threads = Runtime.getRuntime().availableProcessors();
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      MemoryBandwidth bandwidth = new MemoryBandwidth();
      MeanRate mean = new MeanRate();
      double[][] rates = new double[6][PASSES];
      for (int pass = -2; pass < PASSES; pass++) { // the first two are for the compiler
        double[] now = {
          bandwidth.measure(pool, 1),
          bandwidth.measure(pool, threads),
          mean.measure(pool, 1),
          mean.measure(pool, threads),
          0,
          0
        };
        now[4] = now[2] / now[1];
        now[5] = now[3] / now[1];
        for (int i = 0; pass >= 0 && i < now.length; i++) {
          rates[i][pass] = now[i];
        }
      }
      double[] medians = Arrays.stream(rates).mapToDouble(FoldBenchmark::median).toArray();
      return new Memory(
          threads, medians[0], medians[1], medians[2], medians[3], medians[4], medians[5]);
    } finally {
      pool.shutdownNow();
    }
  }

  /** The parameters with which a rule is measured on so many updates. */
  public static AggregationRules rules(Rule rule, int sites) {
    int byzantine = Math.max(0, Math.min(sites / 5, (sites - 3) / 2));
    return switch (rule) {
      case TRIMMED_MEAN -> new AggregationRules(rule, 0.1, null, null, null, null);
      case KRUM, MULTI_KRUM -> new AggregationRules(rule, null, byzantine, null, null, null);
      case NORM_CLIPPED_MEAN -> new AggregationRules(rule, null, null, null, 1.0, null);
      case WEIGHTED_MEAN, UNWEIGHTED_MEAN, MEDIAN, GEOMETRIC_MEDIAN ->
          new AggregationRules(rule, null, null, null, null, null);
    };
  }

  /**
   * Times whole folds.
   *
   * @param directory for base and result
   * @throws io.tributary.coordinator.fold.AggregationRefusedException when the rule does not apply
   *     to so many updates
   */
  public static RuleRate rule(
      Path directory, AggregationRules rules, int sites, int parameters, int repeats)
      throws IOException {
    ByteBuffer noise = noise();
    double unusedSeconds =
        fold(directory, rules, sites, Math.min(parameters, WARM_UP_VALUES), noise);
    double[] seconds = new double[repeats];
    for (int i = 0; i < repeats; i++) {
      seconds[i] = fold(directory, rules, sites, parameters, noise);
    }
    double median = median(seconds);
    return new RuleRate(
        rules.rule().toString(), median, (double) sites * parameters * Float.BYTES / 1e6 / median);
  }

  private static double fold(
      Path directory, AggregationRules rules, int sites, int parameters, ByteBuffer noise)
      throws IOException {
    Path base = directory.resolve("base");
    Path result = directory.resolve("result");
    try (FileChannel zeros =
        FileChannel.open(base, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      int unusedWritten = zeros.write(ByteBuffer.allocate(1), (long) parameters * Float.BYTES - 1);
    }
    Layout layout = Layout.builder().add("all", new Initializer.Zeros(), parameters).build();
    TiledFold fold =
        new TiledFold(layout, FixedPoint.forBounds(sites, 1 << 20, 8), Aggregators.of(rules));
    List<FoldInput> inputs = new ArrayList<>();
    for (int site = 0; site < sites; site++) {
      inputs.add(input(site, noise));
    }
    long start = System.nanoTime();
    fold.fold(base, inputs, result);
    double seconds = (System.nanoTime() - start) / 1e9;
    Files.delete(base);
    Files.delete(result);
    return seconds;
  }

  private static ByteBuffer noise() {
    ByteBuffer noise =
        ByteBuffer.allocateDirect(NOISE_VALUES * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    CounterRandom random = new CounterRandom(2, 1);
    while (noise.hasRemaining()) {
      noise.putFloat((float) (0.01 * random.nextGaussian()));
    }
    return noise;
  }

  /** Every site starts elsewhere in the noise. */
  private static FoldInput input(int site, ByteBuffer noise) {
    long start = (long) site * 40_961 * Float.BYTES;
    UpdateReader reader =
        new UpdateReader() {
          @Override
          public void read(long offsetBytes, ByteBuffer into) {
            long at = start + offsetBytes;
            while (into.hasRemaining()) {
              int from = (int) (at % noise.capacity());
              int length = Math.min(into.remaining(), noise.capacity() - from);
              into.put(noise.slice(from, length));
              at += length;
            }
          }

          @Override
          public void close() {}
        };
    byte[] name = ByteBuffer.allocate(Integer.BYTES).putInt(site).array();
    return new FoldInput(() -> reader, 1000 + site, Digest.sha256(name));
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
