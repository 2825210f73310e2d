package io.tributary.transformer.samediff;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Some rows of a matrix, chosen at each run. */
final class PickedRows extends HostOp {
  private final int[] picked;

  /**
   * Picks rows.
   *
   * @param x (N, n)
   * @param picked their indices, read at each run
   */
  PickedRows(SDVariable x, int[] picked) {
    super(x);
    this.picked = picked;
  }

  @Override
  public String opName() {
    return "picked_rows";
  }

  @Override
  List<long[]> shapesFor(List<INDArray> inputs) {
    return List.of(new long[] {picked.length, inputs.get(0).columns()});
  }

  @Override
  void run(List<INDArray> inputs, List<INDArray> outputs) {
    for (int i = 0; i < picked.length; i++) {
      outputs.get(0).getRow(i).assign(inputs.get(0).getRow(picked[i]));
    }
  }
}
