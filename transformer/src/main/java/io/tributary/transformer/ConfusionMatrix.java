package io.tributary.transformer;

/**
 * How often a classifier answered what: the whole of its judgement, apart from how sure it was.
 *
 * <p>Counts are (right class, answer); adding the matrices of several sites judges them together.
 * Mutable, and confined to whoever fills it.
 */
public final class ConfusionMatrix {
  private final long[][] counts;

  /** Nothing judged yet. */
  public ConfusionMatrix(int classes) {
    if (classes < 2) {
      throw new IllegalArgumentException(
          "classes is " + classes + ": there must be at least 2 to confuse");
    }
    this.counts = new long[classes][classes];
  }

  /** Adds one judged text. */
  public void add(int right, int answer) {
    counts[right][answer]++;
  }

  /** Adds all of another one's. */
  public void add(ConfusionMatrix other) {
    for (int right = 0; right < counts.length; right++) {
      for (int answer = 0; answer < counts.length; answer++) {
        counts[right][answer] += other.counts[right][answer];
      }
    }
  }

  /** Texts of a class. */
  public long of(int right) {
    long sum = 0;
    for (long count : counts[right]) {
      sum += count;
    }
    return sum;
  }

  /** Whether at least two classes occurred. */
  public boolean hasSeveralClasses() {
    int occurring = 0;
    for (int right = 0; right < counts.length; right++) {
      occurring += of(right) > 0 ? 1 : 0;
    }
    return occurring > 1;
  }

  /**
   * A class's F1: 2·TP / (2·TP + FP + FN), the harmonic mean of precision and recall. 0 for a class
   * that neither occurred nor was answered.
   */
  public double f1(int of) {
    long hit = counts[of][of];
    long answered = 0;
    for (long[] row : counts) {
      answered += row[of];
    }
    long all = answered + of(of);
    return all == 0 ? 0 : 2.0 * hit / all;
  }

  /**
   * The mean of all classes' F1, each counting the same however rare it is; scikit-learn's {@code
   * f1_score(average="macro", labels=all, zero_division=0)}. A class that did not occur counts too,
   * with 0 unless it was answered (then also 0).
   */
  public double macroF1() {
    double sum = 0;
    for (int c = 0; c < counts.length; c++) {
      sum += f1(c);
    }
    return sum / counts.length;
  }
}
