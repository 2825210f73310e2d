package io.tributary.transformer.samediff;

import io.tributary.common.model.PositionRules;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A learned bias for each head and distance bucket, laid out as scores (Raffel et al., T5, 2020).
 * The backward node sums what reached each bucket.
 */
final class RelativeBias {
  private RelativeBias() {}

  /**
   * The bias of each (head, query, key).
   *
   * @param table (buckets, H)
   * @param shape (1, K, G·t, L) with K·G = H heads
   * @param queries t
   */
  static SDVariable apply(
      SDVariable table, PositionRules rules, boolean bidirectional, long[] shape, int queries) {
    int keys = (int) shape[3];
    int heads = (int) (shape[1] * shape[2] / queries);
    int[] buckets = new int[queries * keys];
    for (int query = 0; query < queries; query++) {
      for (int key = 0; key < keys; key++) {
        buckets[query * keys + key] = rules.bucket(key - query, bidirectional);
      }
    }
    return new Forward(table, buckets, heads, rules.buckets(), shape).outputVariable();
  }

  private static final class Forward extends HostOp {
    private final int[] buckets;
    private final int heads;
    private final int bucketCount;
    private final long[] shape;

    Forward(SDVariable table, int[] buckets, int heads, int bucketCount, long[] shape) {
      super(table);
      this.buckets = buckets;
      this.heads = heads;
      this.bucketCount = bucketCount;
      this.shape = shape.clone();
    }

    @Override
    public String opName() {
      return "relative_bias";
    }

    @Override
    List<long[]> shapesFor(List<INDArray> inputs) {
      return List.of(shape.clone());
    }

    @Override
    void run(List<INDArray> inputs, List<INDArray> outputs) {
      double[] table = DoubleValues.read(inputs.get(0));
      double[] bias = new double[heads * buckets.length];
      for (int head = 0; head < heads; head++) {
        for (int i = 0; i < buckets.length; i++) {
          bias[head * buckets.length + i] = table[buckets[i] * heads + head];
        }
      }
      DoubleValues.write(bias, outputs.get(0));
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
      return List.of(new Backward(gradients.get(0), buckets, heads, bucketCount).outputVariable());
    }
  }

  private static final class Backward extends HostOp {
    private final int[] buckets;
    private final int heads;
    private final int bucketCount;

    Backward(SDVariable gradient, int[] buckets, int heads, int bucketCount) {
      super(gradient);
      this.buckets = buckets;
      this.heads = heads;
      this.bucketCount = bucketCount;
    }

    @Override
    public String opName() {
      return "relative_bias_bp";
    }

    @Override
    List<long[]> shapesFor(List<INDArray> inputs) {
      return List.of(new long[] {bucketCount, heads});
    }

    @Override
    void run(List<INDArray> inputs, List<INDArray> outputs) {
      double[] gradient = DoubleValues.read(inputs.get(0));
      double[] table = new double[bucketCount * heads];
      for (int head = 0; head < heads; head++) {
        for (int i = 0; i < buckets.length; i++) {
          table[buckets[i] * heads + head] += gradient[head * buckets.length + i];
        }
      }
      DoubleValues.write(table, outputs.get(0));
    }
  }
}
