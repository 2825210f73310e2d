package io.tributary.cli.model;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.tensor.Layout;
import io.tributary.common.tensor.TensorSpec;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How far one model is from another of the same layout.
 *
 * @param tensors in layout order
 * @param whole all of them as one vector
 */
public record ModelDifference(List<Part> tensors, Part whole) {
  /** Copies the list. */
  public ModelDifference {
    tensors = List.copyOf(tensors);
  }

  /**
   * A tensor, or the whole.
   *
   * @param name dotted path
   * @param difference L2 norm of second − first
   * @param relative the same divided by the first's norm; absent where that is 0
   * @param largest the largest absolute change of one value
   * @param changed how many values differ
   */
  public record Part(
      String name, double difference, Double relative, double largest, long changed) {}

  /**
   * Names and shapes decide; what of them is trained may differ.
   *
   * @throws UserErrorException naming the first difference
   */
  public static void requireSameLayout(String a, Layout ofA, String b, Layout ofB) {
    int shorter = Math.min(ofA.tensors().size(), ofB.tensors().size());
    for (int i = 0; i < shorter; i++) {
      TensorSpec inA = ofA.tensors().get(i);
      TensorSpec inB = ofB.tensors().get(i);
      if (!inA.name().equals(inB.name()) || !inA.shape().equals(inB.shape())) {
        throw differ(a, describe(inA), b, describe(inB));
      }
    }
    if (ofA.tensors().size() != ofB.tensors().size()) {
      throw differ(
          a,
          ofA.tensors().size() > shorter ? describe(ofA.tensors().get(shorter)) : "no more tensors",
          b,
          ofB.tensors().size() > shorter
              ? describe(ofB.tensors().get(shorter))
              : "no more tensors");
    }
  }

  private static String describe(TensorSpec tensor) {
    return tensor.name() + " " + tensor.shape();
  }

  private static UserErrorException differ(String a, String inA, String b, String inB) {
    return new UserErrorException(
        UserErrorException.Kind.USAGE,
        "the models have different tensors: "
            + a
            + " has "
            + inA
            + " where "
            + b
            + " has "
            + inB
            + ": compare models of one configuration");
  }

  /**
   * Compares two flat vectors of a layout.
   *
   * @param a the first model's
   * @param b the second model's
   */
  public static ModelDifference between(Layout layout, float[] a, float[] b) {
    List<Part> parts = new ArrayList<>();
    Sums whole = new Sums();
    for (TensorSpec tensor : layout.tensors()) {
      Sums sums = new Sums();
      for (int i = (int) tensor.offset(); i < tensor.end(); i++) {
        sums.add(a[i], b[i]);
      }
      parts.add(sums.part(tensor.name()));
      whole.add(sums);
    }
    return new ModelDifference(parts, whole.part("all"));
  }

  /** In double: squares of small changes must not vanish in a long sum. */
  private static final class Sums {
    private double squares;
    private double squaresOfA;
    private double largest;
    private long changed;

    void add(double a, double b) {
      double difference = b - a;
      squares += difference * difference;
      squaresOfA += a * a;
      largest = Math.max(largest, Math.abs(difference));
      changed += difference == 0 ? 0 : 1;
    }

    void add(Sums part) {
      squares += part.squares;
      squaresOfA += part.squaresOfA;
      largest = Math.max(largest, part.largest);
      changed += part.changed;
    }

    Part part(String name) {
      return new Part(
          name,
          Math.sqrt(squares),
          squaresOfA == 0 ? null : Math.sqrt(squares / squaresOfA),
          largest,
          changed);
    }
  }

  /** Prints a line for each tensor and one for the whole. */
  public void print(PrintWriter out) {
    int width = Math.max(6, tensors.stream().mapToInt(t -> t.name().length()).max().orElse(0));
    String line = "%-" + width + "s  %12s  %10s  %12s  %12s%n";
    out.printf(Locale.ROOT, line, "tensor", "difference", "relative", "largest", "changed");
    tensors.forEach(tensor -> print(out, line, tensor));
    print(out, line, whole);
  }

  private static void print(PrintWriter out, String line, Part part) {
    out.printf(
        Locale.ROOT,
        line,
        part.name(),
        String.format(Locale.ROOT, "%.6g", part.difference()),
        part.relative() == null
            ? "-"
            : String.format(Locale.ROOT, "%.4f %%", 100 * part.relative()),
        String.format(Locale.ROOT, "%.6g", part.largest()),
        String.format(Locale.ROOT, "%,d", part.changed()));
  }
}
