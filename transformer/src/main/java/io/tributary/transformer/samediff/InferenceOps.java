package io.tributary.transformer.samediff;

import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Graph nodes of models that only answer: nobody asks for their derivative, so that they may read
 * parts of arrays in place and write into arrays that outlive a run.
 */
final class InferenceOps {
  private InferenceOps() {}

  /**
   * {@code scale · a · b}, or {@code scale · a · bᵀ}, for matrices or equal stacks of them.
   *
   * @param a (…, n, m)
   * @param b (…, m, k), or (…, k, m) when it is transposed
   */
  static SDVariable product(SDVariable a, SDVariable b, boolean transposeB, double scale) {
    return new Product(a, b, transposeB, scale).outputVariable();
  }

  /**
   * Part of an array, or the same values in another order: no work, a {@link GraphPlan} looks at
   * the memory of {@code x}.
   *
   * @param view makes a view of the array; must not copy
   */
  static SDVariable view(SDVariable x, UnaryOperator<INDArray> view) {
    return new View(x, view).outputVariable();
  }

  /** The same values in another shape, not copied. */
  static SDVariable reshape(SDVariable x, long... shape) {
    return view(x, array -> array.reshape('c', shape));
  }

  /** Some indices of an axis, not copied. */
  static SDVariable slice(SDVariable x, int axis, long from, long to) {
    return view(
        x,
        array -> {
          INDArrayIndex[] indices = new INDArrayIndex[array.rank()];
          Arrays.fill(indices, NDArrayIndex.all());
          indices[axis] = NDArrayIndex.interval(from, to);
          return array.get(indices);
        });
  }

  /**
   * Overwrites rows of an array in place, and gives the array on: whoever reads the result sees the
   * new rows.
   *
   * @param array (rows, n), bound to the plan
   * @param rows integers, of any shape: which row each new one replaces
   * @param values shape of {@code rows} and n
   */
  static SDVariable overwriteRows(SDVariable array, SDVariable rows, SDVariable values) {
    return new OverwriteRows(array, rows, values).outputVariable();
  }

  /** A node whose output is a view of its input. */
  interface ViewNode {
    /** The output for an input. */
    INDArray of(INDArray input);
  }

  /** A node whose output is its first input, changed. */
  interface InPlace {}

  private static final class Product extends DynamicCustomOp {
    Product(SDVariable a, SDVariable b, boolean transposeB, double scale) {
      super(null, a.getSameDiff(), new SDVariable[] {a, b});
      addIArgument(0, transposeB ? 1 : 0, 0);
      addTArgument(scale, 0.0);
    }

    @Override
    public String opName() {
      return "matmul";
    }

    @Override
    public List<DataType> calculateOutputDataTypes(List<DataType> inputs) {
      return List.of(inputs.get(0));
    }
  }

  private static final class View extends DynamicCustomOp implements ViewNode {
    private final UnaryOperator<INDArray> view;

    View(SDVariable x, UnaryOperator<INDArray> view) {
      super(null, x.getSameDiff(), new SDVariable[] {x});
      this.view = view;
    }

    @Override
    public String opName() {
      return "identity";
    }

    @Override
    public INDArray of(INDArray input) {
      INDArray part = view.apply(input);
      if (part.data().pointer().address() != input.data().pointer().address()) {
        throw new IllegalStateException("a view of " + input.shapeInfoToString() + " was copied");
      }
      return part;
    }

    @Override
    public List<DataType> calculateOutputDataTypes(List<DataType> inputs) {
      return inputs;
    }
  }

  private static final class OverwriteRows extends DynamicCustomOp implements InPlace {
    OverwriteRows(SDVariable array, SDVariable rows, SDVariable values) {
      super(null, array.getSameDiff(), new SDVariable[] {array, rows, values});
    }

    @Override
    public String opName() {
      return "scatter_upd";
    }

    @Override
    public List<DataType> calculateOutputDataTypes(List<DataType> inputs) {
      return List.of(inputs.get(0));
    }
  }
}
