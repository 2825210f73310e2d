package io.tributary.simulation.virtual;

import io.tributary.common.random.CounterRandom;
import java.util.ArrayList;
import java.util.List;

/**
 * Deals paragraphs by {@link Partition.Dirichlet}: site after site draws its proportions q from
 * Dirichlet(alpha · p), where p are the classes' shares of all bytes, then a class by q and the
 * class's next paragraph, until it has its equal part of the bytes. A class that runs out leaves q.
 *
 * <p>Gamma variables are drawn in logarithms: with a small shape they are smaller than any double.
 */
final class DirichletDeal {
  private final List<List<TextSlice>> classes;
  private final int[] next; // of each class
  private final double[] shapes;
  private final double alpha;
  private final List<TextSlice> all;
  private final CounterRandom random;

  DirichletDeal(List<List<TextSlice>> classes, double alpha, long seed) {
    this.alpha = alpha;
    this.all = classes.stream().flatMap(List::stream).toList();
    this.random = new CounterRandom(seed, "tributary.simulate.dirichlet");
    this.classes = new ArrayList<>();
    this.next = new int[classes.size()];
    this.shapes = new double[classes.size()];
    double total = all.stream().mapToLong(TextSlice::size).sum();
    for (int i = 0; i < classes.size(); i++) {
      List<TextSlice> units = classes.get(i);
      shapes[i] = units.stream().mapToLong(TextSlice::size).sum() / total;
      List<TextSlice> shuffled = new ArrayList<>();
      for (int unit : random.permutation(units.size())) {
        shuffled.add(units.get(unit));
      }
      this.classes.add(shuffled);
    }
  }

  List<SiteText> deal(int sites) {
    Quotas quotas = new Quotas(all, sites);
    List<SiteText> dealt = new ArrayList<>();
    for (int site = 0; site < sites; site++) {
      double[] weights = proportions();
      List<TextSlice> own = new ArrayList<>();
      while (quotas.wants(site, own.size())) {
        TextSlice unit = draw(weights);
        quotas.given(unit);
        own.add(unit);
      }
      dealt.add(new SiteText(own));
    }
    return dealt;
  }

  private TextSlice draw(double[] weights) {
    double sum = 0;
    for (int i = 0; i < weights.length; i++) {
      sum += left(i) > 0 ? weights[i] : 0;
    }
    // All classes that this site wants have run out: it takes what is there.
    boolean any = !(sum > 0);
    if (any) {
      for (int i = 0; i < weights.length; i++) {
        sum += left(i);
      }
    }
    double point = random.nextDouble() * sum;
    int chosen = -1;
    for (int i = 0; i < weights.length; i++) {
      double weight = left(i) == 0 ? 0 : any ? left(i) : weights[i];
      if (weight > 0) {
        chosen = i; // rounding may carry the point beyond the last one
        point -= weight;
        if (point < 0) {
          break;
        }
      }
    }
    return classes.get(chosen).get(next[chosen]++);
  }

  private int left(int index) {
    return classes.get(index).size() - next[index];
  }

  /** A draw from Dirichlet(alpha · p). */
  private double[] proportions() {
    double[] logs = new double[shapes.length];
    double largest = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < shapes.length; i++) {
      logs[i] = shapes[i] > 0 ? logGamma(alpha * shapes[i]) : Double.NEGATIVE_INFINITY;
      largest = Math.max(largest, logs[i]);
    }
    double sum = 0;
    double[] weights = new double[shapes.length];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = StrictMath.exp(logs[i] - largest);
      sum += weights[i];
    }
    for (int i = 0; i < weights.length; i++) {
      weights[i] /= sum;
    }
    return weights;
  }

  /**
   * The logarithm of a Gamma(shape, 1) variable: Marsaglia and Tsang, "A simple method for
   * generating gamma variables", 2000, for shape + 1, then Gamma(a) = Gamma(a + 1) · U^(1/a).
   */
  private double logGamma(double shape) {
    double d = shape + 1 - 1.0 / 3;
    double c = 1 / StrictMath.sqrt(9 * d);
    while (true) {
      double normal = random.nextGaussian();
      double v = 1 + c * normal;
      if (v > 0) {
        double cube = v * v * v;
        double u = 1 - random.nextDouble(); // in (0, 1]
        if (StrictMath.log(u) < normal * normal / 2 + d - d * cube + d * StrictMath.log(cube)) {
          double boost = StrictMath.log(1 - random.nextDouble()) / shape;
          return StrictMath.log(d * cube) + boost;
        }
      }
    }
  }
}
