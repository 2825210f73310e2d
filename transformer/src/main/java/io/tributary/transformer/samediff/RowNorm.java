package io.tributary.transformer.samediff;

import io.tributary.common.model.NormRules;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * LayerNorm or RMSNorm of a few rows, in Java: at one row, eight native calls take thirty times as
 * long as the arithmetic.
 *
 * <p>It can also pick rows: a prompt's later tokens are all that the head is asked for.
 */
final class RowNorm extends HostOp {
  private final NormRules rules;
  private final float[] gain;
  private final float[] bias;
  private final int[] picked;
  private float[] in = new float[0];
  private float[] out = new float[0];

  /**
   * A norm of every row.
   *
   * @param x (N, d)
   * @param gain (d)
   * @param bias (d), or empty
   */
  RowNorm(SDVariable x, NormRules rules, float[] gain, float[] bias) {
    this(x, rules, gain, bias, null);
  }

  /**
   * A norm of some rows.
   *
   * @param picked their indices, read at each run; null for all
   */
  RowNorm(SDVariable x, NormRules rules, float[] gain, float[] bias, int[] picked) {
    super(x);
    this.rules = rules;
    this.gain = gain;
    this.bias = bias;
    this.picked = picked;
  }

  @Override
  public String opName() {
    return "row_norm";
  }

  @Override
  List<long[]> shapesFor(List<INDArray> inputs) {
    long rows = picked == null ? inputs.get(0).rows() : picked.length;
    return List.of(new long[] {rows, inputs.get(0).columns()});
  }

  @Override
  void run(List<INDArray> inputs, List<INDArray> outputs) {
    INDArray x = inputs.get(0);
    int width = x.columns();
    int rows = outputs.get(0).rows();
    if (in.length != x.length()) {
      in = new float[(int) x.length()];
      out = new float[rows * width];
    }
    HostTransfer.download(x, in);
    for (int row = 0; row < rows; row++) {
      normalise((picked == null ? row : picked[row]) * width, row * width, width);
    }
    HostTransfer.upload(out, outputs.get(0));
  }

  private void normalise(int from, int to, int width) {
    double mean = 0;
    if (rules.kind() == NormRules.Kind.LAYER_NORM) {
      for (int i = 0; i < width; i++) {
        mean += in[from + i];
      }
      mean /= width;
    }
    double squares = 0;
    for (int i = 0; i < width; i++) {
      double distance = in[from + i] - mean;
      squares += distance * distance;
    }
    double inverse = 1 / Math.sqrt(squares / width + rules.epsilon());
    for (int i = 0; i < width; i++) {
      double scaled = (in[from + i] - mean) * inverse * gain[i];
      out[to + i] = (float) (bias.length == 0 ? scaled : scaled + bias[i]);
    }
  }
}
