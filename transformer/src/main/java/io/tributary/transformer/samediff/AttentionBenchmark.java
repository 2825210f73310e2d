package io.tributary.transformer.samediff;

import io.tributary.common.model.AttentionRules;
import io.tributary.common.random.CounterRandom;
import io.tributary.transformer.ComputeThreads;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * One causal attention, computed whole and in tiles: memory, time, and how far the answers differ.
 * What {@code tributary bench attention} prints.
 *
 * <p>Memory is that of all arrays of a plan: queries, keys, values, answers and (for training)
 * their gradients, constants, and what is in between.
 */
public final class AttentionBenchmark {
  private static final int WARM_UPS = 2;

  private AttentionBenchmark() {}

  /**
   * What is computed.
   *
   * @param batch sequences
   * @param heads attention heads
   * @param length positions
   * @param headWidth columns of a head
   * @param rules pattern, with the length of tiles
   */
  public record Sizes(int batch, int heads, int length, int headWidth, AttentionRules rules) {
    /** Checks each size. */
    public Sizes {
      require("batch", batch, 1024);
      require("heads", heads, 1024);
      require("length", length, 1 << 15);
      require("head width", headWidth, 1024);
      if (rules.tileLength() == null) {
        throw new IllegalArgumentException("rules have no tile length");
      }
    }

    private static void require(String name, int value, int most) {
      if (value < 1 || value > most) {
        throw new IllegalArgumentException(name + " is " + value + ": it must be 1 to " + most);
      }
    }
  }

  /**
   * What one way took.
   *
   * @param forwardBytes of all arrays of a plan without gradients
   * @param trainingBytes of all arrays of a plan with gradients
   * @param forwardMillis best forward run
   * @param trainingMillis best forward and backward run
   */
  public record Cost(
      long forwardBytes, long trainingBytes, double forwardMillis, double trainingMillis) {}

  /**
   * Both ways.
   *
   * @param whole with the matrix of all scores
   * @param tiled without it
   * @param largestDifference of any answer
   * @param largestGradientDifference of any gradient of queries, keys and values
   */
  public record Result(
      Cost whole, Cost tiled, double largestDifference, double largestGradientDifference) {}

  /**
   * Runs both ways in turns.
   *
   * @param repeats timed runs of each way
   */
  public static Result run(Sizes sizes, int threads, int repeats) {
    ComputeThreads.use(threads);
    double[] answers = new double[2];
    double[] gradients = new double[2];
    Cost[] costs = new Cost[2];
    try (Plan whole = new Plan(sizes, false, false);
        Plan tiled = new Plan(sizes, true, false)) {
      double[] best = race(whole, tiled, repeats);
      answers[0] = largestDifference(whole.answers, tiled.answers);
      costs[0] = new Cost(whole.bytes(), 0, best[0], 0);
      costs[1] = new Cost(tiled.bytes(), 0, best[1], 0);
    }
    try (Plan whole = new Plan(sizes, false, true);
        Plan tiled = new Plan(sizes, true, true)) {
      double[] best = race(whole, tiled, repeats);
      for (int i = 0; i < whole.gradients.size(); i++) {
        gradients[0] =
            Math.max(
                gradients[0], largestDifference(whole.gradients.get(i), tiled.gradients.get(i)));
      }
      costs[0] = new Cost(costs[0].forwardBytes, whole.bytes(), costs[0].forwardMillis, best[0]);
      costs[1] = new Cost(costs[1].forwardBytes, tiled.bytes(), costs[1].forwardMillis, best[1]);
    }
    return new Result(costs[0], costs[1], answers[0], gradients[0]);
  }

  private static double[] race(Plan whole, Plan tiled, int repeats) {
    double[] best = {Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY};
    for (int run = 0; run < WARM_UPS + repeats; run++) {
      double first = whole.millis();
      double second = tiled.millis();
      if (run >= WARM_UPS) {
        best[0] = Math.min(best[0], first);
        best[1] = Math.min(best[1], second);
      }
    }
    return best;
  }

  private static double largestDifference(INDArray a, INDArray b) {
    return a.sub(b).amaxNumber().doubleValue();
  }

  /** One way, laid out. */
  private static final class Plan implements AutoCloseable {
    final INDArray answers;
    final List<INDArray> gradients = new ArrayList<>();
    private final List<INDArray> owned = new ArrayList<>();
    private final TiledAttention tiles = new TiledAttention();
    private final GraphPlan plan;
    private final boolean training;

    Plan(Sizes sizes, boolean tiled, boolean training) {
      this.training = training;
      long[] shape = {sizes.batch, sizes.heads, sizes.length, sizes.headWidth};
      SameDiff graph = SameDiff.create();
      Map<String, INDArray> bound = new LinkedHashMap<>();
      List<SDVariable> inputs = new ArrayList<>();
      for (String name : List.of("q", "k", "v")) {
        inputs.add(graph.placeHolder(name, DataType.FLOAT, shape));
        bound.put(name, own(random(name, shape)));
      }
      double scale = 1 / Math.sqrt(sizes.headWidth);
      SDVariable y;
      if (tiled) {
        y =
            tiles.apply(
                inputs.get(0), inputs.get(1), inputs.get(2), scale, sizes.rules, true, 1, null);
      } else {
        long[] square = {1, 1, sizes.length, sizes.length};
        bound.put("mask", own(mask(sizes, square)));
        SDVariable scores =
            DecoderOps.plusConstant(
                graph.mmul(inputs.get(0).mul(scale), inputs.get(1), false, true, false),
                graph.placeHolder("mask", DataType.FLOAT, square));
        y = graph.mmul(graph.nn.softmax(scores, -1), inputs.get(2), false, false, false);
      }
      answers = own(Nd4j.create(DataType.FLOAT, shape));
      List<Map<String, INDArray>> stages = new ArrayList<>();
      stages.add(Map.of(y.name(), answers));
      if (training) {
        SDVariable seed = graph.placeHolder("seed", DataType.FLOAT, shape);
        bound.put("seed", own(random("seed", shape)));
        Map<String, INDArray> wanted = new LinkedHashMap<>();
        ReverseMode.differentiate(graph, y.name(), seed, List.of("q", "k", "v"))
            .values()
            .forEach(name -> wanted.put(name, own(Nd4j.create(DataType.FLOAT, shape))));
        gradients.addAll(wanted.values());
        stages.add(wanted);
      }
      plan = new GraphPlan(graph, bound, stages);
    }

    /** Of one run. */
    double millis() {
      long start = System.nanoTime();
      plan.run(0);
      if (training) {
        plan.run(1);
      }
      Nd4j.getExecutioner().commit();
      return (System.nanoTime() - start) / 1e6;
    }

    /** Of all arrays; after a run, because scratch is made by the first one. */
    long bytes() {
      long values = plan.pooledValues() + tiles.scratchValues();
      for (INDArray array : owned) {
        values += array.length();
      }
      return values * Float.BYTES;
    }

    private INDArray own(INDArray array) {
      owned.add(array);
      return array;
    }

    private static INDArray random(String name, long[] shape) {
      CounterRandom random = new CounterRandom(1, name);
      INDArray array = Nd4j.create(DataType.FLOAT, shape);
      float[] values = new float[Math.toIntExact(array.length())];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) random.nextGaussian();
      }
      HostTransfer.upload(values, array);
      return array;
    }

    private static INDArray mask(Sizes sizes, long[] shape) {
      INDArray array = Nd4j.create(DataType.FLOAT, shape);
      float[] values = new float[Math.toIntExact(array.length())];
      for (int i = 0; i < values.length; i++) {
        boolean seen = sizes.rules.sees(i / sizes.length, i % sizes.length, true);
        values[i] = seen ? 0 : -1e9f;
      }
      HostTransfer.upload(values, array);
      return array;
    }

    @Override
    public void close() {
      plan.close();
      owned.forEach(INDArray::close);
    }
  }
}
