package io.tributary.transformer.samediff;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ops.impl.shape.Reshape;
import org.nd4j.linalg.api.ops.impl.transforms.floating.RSqrt;

/**
 * The decoder's own graph nodes: native ND4J ops whose stock derivative is slow, with a derivative
 * made of fast ones.
 *
 * <p>Measured on one core at (1024, 512): ND4J's column sums take as long as the matrix product
 * itself, its {@code tanh_bp} evaluates tanh again, and a broadcasting {@code multiply_bp} or
 * {@code layer_norm_bp} costs four products. A product with a vector of ones sums columns at memory
 * speed, and a derivative written with the op's own output needs no second tanh. Letters: N = B·T
 * rows, n columns.
 */
final class DecoderOps {
  private DecoderOps() {}

  /**
   * {@code x · weight + bias}. Not by the fused {@code xw_plus_b}: its oneDNN form prepares a new
   * kernel in every call, which took 1.5 ms at (256, 96) · (96, 288) instead of 0.2.
   *
   * @param x (N, m)
   * @param weight (m, n)
   * @param bias (n)
   * @param ones (1, N) constant of ones
   */
  static SDVariable linear(SDVariable x, SDVariable weight, SDVariable bias, SDVariable ones) {
    return rowBias(x.getSameDiff().mmul(x, weight, false, false, false), bias, ones);
  }

  /**
   * {@code x · matrix} by a constant that needs no gradient.
   *
   * @param x (N, m)
   * @param matrix (m, n)
   */
  static SDVariable constantProduct(SDVariable x, SDVariable matrix) {
    return new ConstantProduct(x, matrix).outputVariable();
  }

  /**
   * {@code x ∘ gain}, each row times the same gains.
   *
   * @param x (N, n)
   * @param gain (n)
   * @param ones (1, N) constant of ones
   */
  static SDVariable rowGain(SDVariable x, SDVariable gain, SDVariable ones) {
    return new RowGain(x, gain, ones).outputVariable();
  }

  /**
   * {@code x + bias}, the same bias added to each row.
   *
   * @param x (N, n)
   * @param bias (n)
   * @param ones (1, N) constant of ones
   */
  static SDVariable rowBias(SDVariable x, SDVariable bias, SDVariable ones) {
    return new RowBias(x, bias, ones).outputVariable();
  }

  /**
   * {@code x ∘ scale}, each row times its own scale.
   *
   * @param x (N, n)
   * @param scale (N, 1)
   * @param ones (n, 1) constant of ones
   */
  static SDVariable columnScale(SDVariable x, SDVariable scale, SDVariable ones) {
    return new ColumnScale(x, scale, ones).outputVariable();
  }

  /** {@code x + constant}, broadcast; the constant gets no gradient. */
  static SDVariable plusConstant(SDVariable x, SDVariable constant) {
    return new PlusConstant(x, constant).outputVariable();
  }

  /** tanh. */
  static SDVariable tanh(SDVariable x) {
    return new NativeTanh(x).outputVariable();
  }

  /** 1 / √x. */
  static SDVariable inverseRoot(SDVariable x) {
    return new InverseRoot(x.getSameDiff(), x).outputVariable();
  }

  /**
   * The same values in another shape: no work, a {@link GraphPlan} makes it a view.
   *
   * @param from shape of {@code x}, which SameDiff does not know before a run
   */
  static SDVariable reshape(SDVariable x, long[] from, long... to) {
    return new FixedReshape(x, from, to).outputVariable();
  }

  /** A reshape that knows both shapes, so that its derivative needs no shape at run time. */
  static final class FixedReshape extends Reshape {
    private final long[] from;
    private final long[] to;

    FixedReshape(SDVariable x, long[] from, long[] to) {
      super(x.getSameDiff(), x, to);
      this.from = from;
      this.to = to;
    }

    long[] targetShape() {
      return to.clone();
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
      return List.of(reshape(gradients.get(0), to, from));
    }
  }

  private static final class ConstantProduct extends NativeOp {
    ConstantProduct(SDVariable x, SDVariable matrix) {
      super(x, matrix);
    }

    @Override
    public String opName() {
      return "matmul";
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
      return List.of(product(gradients.get(0), false, arg(1), true));
    }
  }

  private static final class RowGain extends NativeOp {
    private final SDVariable ones;

    RowGain(SDVariable x, SDVariable gain, SDVariable ones) {
      super(x, gain);
      this.ones = ones;
    }

    @Override
    public String opName() {
      return "multiply";
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
      SDVariable gradient = gradients.get(0);
      return List.of(gradient.mul(arg(1)), columnSums(ones, gradient.mul(arg(0)), arg(1)));
    }
  }

  private static final class ColumnScale extends NativeOp {
    private final SDVariable ones;

    ColumnScale(SDVariable x, SDVariable scale, SDVariable ones) {
      super(x, scale);
      this.ones = ones;
    }

    @Override
    public String opName() {
      return "multiply";
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
      SDVariable gradient = gradients.get(0);
      return List.of(gradient.mul(arg(1)), product(gradient.mul(arg(0)), false, ones, false));
    }
  }

  private static final class RowBias extends NativeOp {
    private final SDVariable ones;

    RowBias(SDVariable x, SDVariable bias, SDVariable ones) {
      super(x, bias);
      this.ones = ones;
    }

    @Override
    public String opName() {
      return "add";
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
      return List.of(gradients.get(0), columnSums(ones, gradients.get(0), arg(1)));
    }
  }

  private static final class PlusConstant extends NativeOp {
    PlusConstant(SDVariable x, SDVariable constant) {
      super(x, constant);
    }

    @Override
    public String opName() {
      return "add";
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
      return gradients;
    }
  }

  private static final class NativeTanh extends NativeOp {
    NativeTanh(SDVariable x) {
      super(x);
    }

    @Override
    public String opName() {
      return "tanh";
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
      SDVariable y = outputVariable();
      return List.of(gradients.get(0).mul(y.mul(y).rsub(1.0)));
    }
  }

  private static final class InverseRoot extends RSqrt {
    InverseRoot(SameDiff graph, SDVariable x) {
      super(graph, x);
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
      // d x^(-1/2) = -1/2 x^(-3/2) = -1/2 y³
      SDVariable y = outputVariable();
      return List.of(gradients.get(0).mul(y.mul(y).mul(y)).mul(-0.5));
    }
  }
}
