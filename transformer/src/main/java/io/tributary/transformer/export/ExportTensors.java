package io.tributary.transformer.export;

import io.tributary.common.tensor.Layout;
import io.tributary.common.tensor.TensorSpec;
import io.tributary.transformer.mapping.Placement;
import io.tributary.transformer.mapping.TensorMapping;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Lists the tensors of a file by a family's table: each is a view of our flat vector. It keeps
 * count, so that a value of ours that no tensor holds is a defect that shows at once.
 */
final class ExportTensors implements TensorMapping {
  private final Layout layout;
  private final float[] weights;
  private final List<ExportTensor> tensors = new ArrayList<>();
  private final Map<String, Long> written = new HashMap<>();

  /**
   * An empty list.
   *
   * @param weights flat vector in layout order
   */
  ExportTensors(Layout layout, float[] weights) {
    if (weights.length != layout.parameterCount()) {
      throw new IllegalArgumentException(
          "weights have "
              + weights.length
              + " values but the model has "
              + layout.parameterCount());
    }
    this.layout = layout;
    this.weights = weights;
  }

  @Override
  public void vector(String theirs, String ours, int start, int length) {
    TensorSpec spec = layout.tensor(ours);
    add(theirs, List.of(length), Placement.vector((int) spec.offset() + start, length), ours);
  }

  @Override
  public void vector(String theirs, String ours) {
    vector(theirs, ours, 0, layout.tensor(ours).size());
  }

  @Override
  public void matrix(String theirs, String ours, int firstColumn, int columns, boolean transposed) {
    TensorSpec spec = layout.tensor(ours);
    int in = spec.shape().get(0);
    int width = spec.shape().get(1);
    int offset = (int) spec.offset() + firstColumn;
    if (transposed) {
      Placement where = Placement.transposed(offset, columns, in, width);
      add(theirs, List.of(columns, in), where, ours);
    } else {
      add(theirs, List.of(in, columns), Placement.columns(offset, in, columns, width), ours);
    }
  }

  @Override
  public void matrix(String theirs, String ours, boolean transposed) {
    matrix(theirs, ours, 0, layout.tensor(ours).shape().get(1), transposed);
  }

  @Override
  public void rows(String theirs, String ours) {
    matrix(theirs, ours, false);
  }

  /** Ours has it added already; −0 is the one number that changes no other, 0 included. */
  @Override
  public void firstRowAdded(String theirs, String ours, int count) {
    int columns = layout.tensor(ours).shape().get(1);
    tensors.add(
        new ExportTensor(
            theirs, List.of(count, columns), (row, into) -> Arrays.fill(into, 0, columns, -0f)));
  }

  private void add(String name, List<Integer> shape, Placement where, String ours) {
    written.merge(ours, where.size(), Long::sum);
    tensors.add(new ExportTensor(name, shape, (row, into) -> read(where, row, into)));
  }

  private void read(Placement where, int row, float[] into) {
    int from = where.at(row, 0);
    int columns = where.columns();
    if (where.columnStep() == 1) {
      System.arraycopy(weights, from, into, 0, columns);
      return;
    }
    for (int column = 0; column < columns; column++) {
      into[column] = weights[from + column * where.columnStep()];
    }
  }

  /** The list, of a part of the model. */
  List<ExportTensor> listed() {
    return List.copyOf(tensors);
  }

  /**
   * The list, when it is whole.
   *
   * @param elsewhere tensors of ours that go into another file
   */
  List<ExportTensor> whole(Set<String> elsewhere) {
    for (TensorSpec tensor : layout.tensors()) {
      long values = written.getOrDefault(tensor.name(), 0L);
      if (values != tensor.size() && !elsewhere.contains(tensor.name())) {
        throw new IllegalStateException(
            tensor.name() + " has " + tensor.size() + " values but " + values + " are exported");
      }
    }
    return listed();
  }
}
