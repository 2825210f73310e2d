package io.tributary.transformer.samediff;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Erf;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Sigmoid;

/**
 * Graph nodes of the modern block choices, each a native op with a derivative of fast ones, as
 * {@link DecoderOps} explains.
 */
final class BlockOps {
  private static final double ROOT_HALF = Math.sqrt(0.5);
  private static final double TWO_OVER_ROOT_PI = 2 / Math.sqrt(Math.PI);

  private BlockOps() {}

  /** {@code x + y}, of the same shape: the gradient passes to both without a copy. */
  static SDVariable sum(SDVariable x, SDVariable y) {
    return new Sum(x, y).outputVariable();
  }

  /** {@code x ∘ y}, of the same shape. */
  static SDVariable product(SDVariable x, SDVariable y) {
    return new Product(x, y).outputVariable();
  }

  /** {@code x ∘ constant}, of the same shape; the constant gets no gradient. */
  static SDVariable timesConstant(SDVariable x, SDVariable constant) {
    return new TimesConstant(x, constant).outputVariable();
  }

  /**
   * {@code matrix · x} by a constant that needs no gradient.
   *
   * @param matrix (m, N)
   * @param x (N, n)
   */
  static SDVariable productWithConstant(SDVariable matrix, SDVariable x) {
    return new LeftConstantProduct(matrix, x).outputVariable();
  }

  /** SiLU: {@code x · σ(x)}. */
  static SDVariable silu(SDVariable x) {
    return product(x, new NativeSigmoid(x.getSameDiff(), x).outputVariable());
  }

  /** GELU by the error function: {@code x · Φ(x)}. */
  static SDVariable geluErf(SDVariable x) {
    SDVariable erf = new NativeErf(x.getSameDiff(), x.mul(ROOT_HALF)).outputVariable();
    return product(x.mul(0.5), erf.add(1.0));
  }

  /**
   * Cuts a matrix into blocks of columns (axis 1) or rows (axis 0).
   *
   * @param x a matrix
   * @param sizes of the blocks, which fill it
   */
  static SDVariable[] split(SDVariable x, SDVariable sizesVector, int axis, int... sizes) {
    return new Split(x, sizesVector, axis, sizes).outputVariables();
  }

  /** Joins matrices along an axis; {@code sizesVector} is as for {@link #split}. */
  static SDVariable concat(SDVariable sizesVector, int axis, int[] sizes, SDVariable... parts) {
    return new Concat(sizesVector, axis, sizes, parts).outputVariable();
  }

  /**
   * {@code x + bias}, the same bias for each of B sequences.
   *
   * @param x (B, K, r, c)
   * @param bias (1, K, r, c)
   * @param onesRow (1, B) constant of ones
   * @param shape of x
   */
  static SDVariable plusShared(SDVariable x, SDVariable bias, SDVariable onesRow, long[] shape) {
    return new PlusShared(x, bias, onesRow, shape).outputVariable();
  }

  private static final class Sum extends NativeOp {
    Sum(SDVariable x, SDVariable y) {
      super(x, y);
    }

    @Override
    public String opName() {
      return "add";
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
      return List.of(gradients.get(0), gradients.get(0));
    }
  }

  private static final class Product extends NativeOp {
    Product(SDVariable x, SDVariable y) {
      super(x, y);
    }

    @Override
    public String opName() {
      return "multiply";
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
      SDVariable gradient = gradients.get(0);
      return List.of(timesConstant(gradient, arg(1)), timesConstant(gradient, arg(0)));
    }
  }

  private static final class TimesConstant extends NativeOp {
    TimesConstant(SDVariable x, SDVariable constant) {
      super(x, constant);
    }

    @Override
    public String opName() {
      return "multiply";
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
      return List.of(timesConstant(gradients.get(0), arg(1)));
    }
  }

  private static final class LeftConstantProduct extends NativeOp {
    LeftConstantProduct(SDVariable matrix, SDVariable x) {
      super(matrix, x);
    }

    @Override
    public String opName() {
      return "matmul";
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
      SDVariable byX = getSameDiff().mmul(arg(0), gradients.get(0), true, false, false);
      return Arrays.asList(null, byX);
    }
  }

  private static final class PlusShared extends NativeOp {
    private final SDVariable onesRow;
    private final long[] shape;

    PlusShared(SDVariable x, SDVariable bias, SDVariable onesRow, long[] shape) {
      super(x, bias);
      this.onesRow = onesRow;
      this.shape = shape;
    }

    @Override
    public String opName() {
      return "add";
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
      SDVariable gradient = gradients.get(0);
      long each = shape[1] * shape[2] * shape[3];
      SDVariable rows = DecoderOps.reshape(gradient, shape, shape[0], each);
      SDVariable sum = getSameDiff().mmul(onesRow, rows, false, false, false);
      return List.of(
          gradient, DecoderOps.reshape(sum, new long[] {1, each}, 1, shape[1], shape[2], shape[3]));
    }
  }

  private static final class Split extends NativeOp {
    private final int cutAxis;
    private final int[] sizes;

    Split(SDVariable x, SDVariable sizesVector, int axis, int[] sizes) {
      super(x, sizesVector);
      this.cutAxis = axis;
      this.sizes = sizes.clone();
      addIArgument(axis);
    }

    @Override
    public String opName() {
      return "split_v";
    }

    @Override
    public int getNumOutputs() {
      return sizes == null ? -1 : sizes.length;
    }

    @Override
    public List<DataType> calculateOutputDataTypes(List<DataType> inputs) {
      return java.util.Collections.nCopies(sizes.length, inputs.get(0));
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
      return Arrays.asList(
          concat(arg(1), cutAxis, sizes, gradients.toArray(SDVariable[]::new)), null);
    }
  }

  private static final class Concat extends NativeOp {
    private final SDVariable sizesVector;
    private final int cutAxis;
    private final int[] sizes;

    Concat(SDVariable sizesVector, int axis, int[] sizes, SDVariable... parts) {
      super(parts);
      this.sizesVector = sizesVector;
      this.cutAxis = axis;
      this.sizes = sizes.clone();
      addIArgument(axis);
    }

    @Override
    public String opName() {
      return "concat";
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
      return new ArrayList<>(List.of(split(gradients.get(0), sizesVector, cutAxis, sizes)));
    }
  }

  private static final class NativeSigmoid extends Sigmoid {
    NativeSigmoid(SameDiff graph, SDVariable x) {
      super(graph, x, false);
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
      SDVariable y = outputVariable();
      return List.of(timesConstant(gradients.get(0), product(y, y.rsub(1.0))));
    }
  }

  private static final class NativeErf extends Erf {
    NativeErf(SameDiff graph, SDVariable x) {
      super(graph, x, false);
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
      SDVariable x = arg();
      SDVariable slope = getSameDiff().math.exp(product(x, x).neg()).mul(TWO_OVER_ROOT_PI);
      return List.of(timesConstant(gradients.get(0), slope));
    }
  }
}
