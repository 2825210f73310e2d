package io.tributary.transformer.pretrained;

import io.tributary.common.model.InitialWeights;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.tensor.Layout;
import io.tributary.common.tensor.TensorSpec;
import io.tributary.transformer.mapping.Placement;
import io.tributary.transformer.mapping.TensorMapping;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A model's flat vector while it is put together from a file's tensors. It keeps count: every value
 * of every tensor is written exactly once, or the whole tensor is made anew from a seed, which is
 * for heads only.
 *
 * <p>A rehearsal goes the same way and checks names, shapes and types without a vector: sizes that
 * a configuration only claims must not cost the memory of a model that is not there.
 */
final class WeightAssembly implements TensorMapping {
  private final TensorFile source;
  private final Layout layout;
  private final float[] weights;
  private final Map<String, Long> written = new HashMap<>();
  private final Set<String> used = new HashSet<>();
  private final Map<String, TensorSpec> specs = new HashMap<>();

  private WeightAssembly(TensorFile source, Layout layout, float[] weights) {
    this.source = source;
    this.layout = layout;
    this.weights = weights;
    layout.tensors().forEach(tensor -> specs.put(tensor.name(), tensor));
  }

  /** Checks that a kind finds all it reads in a file. */
  static void rehearse(PretrainedKind kind, TensorFile source, TransformerConfig config) {
    kind.fill(new WeightAssembly(source, config.layout(), null), config);
  }

  /** Reads all that a kind reads of a file. */
  static WeightAssembly of(PretrainedKind kind, TensorFile source, TransformerConfig config) {
    Layout layout = config.layout();
    WeightAssembly assembly =
        new WeightAssembly(source, layout, new float[layout.parameterCount()]);
    kind.fill(assembly, config);
    return assembly;
  }

  @Override
  public void vector(String from, String to, int start, int length) {
    TensorSpec target = specs.get(to);
    read(from, List.of((long) length), Placement.vector(at(target) + start, length));
    count(from, to, length);
  }

  @Override
  public void vector(String from, String to) {
    vector(from, to, 0, specs.get(to).size());
  }

  @Override
  public void matrix(String from, String to, int firstColumn, int columns, boolean transposed) {
    TensorSpec target = specs.get(to);
    int in = target.shape().get(0);
    int width = target.shape().get(1);
    int offset = at(target) + firstColumn;
    if (transposed) {
      List<Long> shape = List.of((long) columns, (long) in);
      read(from, shape, Placement.transposed(offset, columns, in, width));
    } else {
      List<Long> shape = List.of((long) in, (long) columns);
      read(from, shape, Placement.columns(offset, in, columns, width));
    }
    count(from, to, (long) in * columns);
  }

  @Override
  public void matrix(String from, String to, boolean transposed) {
    matrix(from, to, 0, specs.get(to).shape().get(1), transposed);
  }

  @Override
  public void rows(String from, String to) {
    TensorSpec target = specs.get(to);
    int rows = target.shape().get(0);
    int columns = target.shape().get(1);
    if (weights == null) {
      source.requireRows(from, rows, columns);
    } else {
      source.readRows(from, weights, Placement.columns(at(target), rows, columns, columns));
    }
    count(from, to, target.size());
  }

  /** Adds the first row to what was read before; how many follow it does not matter. */
  @Override
  public void firstRowAdded(String from, String to, int count) {
    TensorSpec target = specs.get(to);
    int columns = target.shape().get(1);
    used.add(from);
    if (weights == null) {
      source.requireRows(from, 1, columns);
      return;
    }
    float[] row = new float[columns];
    source.readRows(from, row, Placement.columns(0, 1, columns, columns));
    for (int i = 0; i < target.size(); i++) {
      weights[at(target) + i] += row[i % columns];
    }
  }

  /** A whole tensor that was read from another file, in our order. */
  void put(String to, float[] values) {
    TensorSpec target = specs.get(to);
    if (values.length != target.size()) {
      throw new IllegalArgumentException(
          to + " has " + target.size() + " values but " + values.length + " are given");
    }
    System.arraycopy(values, 0, weights, at(target), values.length);
    written.merge(to, (long) values.length, Long::sum);
  }

  /** Marks a tensor as rightly not read: a mask, an index. */
  void ignore(String name) {
    used.add(name);
  }

  /** Tensors of the file that went nowhere, by name, in its order. */
  List<String> unused() {
    return source.tensors().keySet().stream().filter(name -> !used.contains(name)).toList();
  }

  /**
   * Makes what is still missing of the given tensors, and gives the finished vector.
   *
   * @param seed of the missing ones; each draws from its own stream, as in a new model
   * @param fresh names of tensors that may be missing
   * @return names of those that were, and through {@link #weights} the values
   */
  List<String> finish(long seed, Set<String> fresh) {
    List<String> made = new ArrayList<>();
    for (TensorSpec tensor : layout.tensors()) {
      long values = written.getOrDefault(tensor.name(), 0L);
      if (values == 0 && fresh.contains(tensor.name())) {
        TensorSpec alone =
            new TensorSpec(tensor.name(), tensor.shape(), 0, true, tensor.initializer());
        float[] first = InitialWeights.create(new Layout(List.of(alone)), seed);
        System.arraycopy(first, 0, weights, at(tensor), first.length);
        made.add(tensor.name());
      } else if (values != tensor.size()) {
        throw new IllegalStateException(
            tensor.name() + " has " + tensor.size() + " values but " + values + " were read");
      }
    }
    return made;
  }

  float[] weights() {
    return weights;
  }

  private void read(String from, List<Long> shape, Placement where) {
    if (weights == null) {
      source.require(from, shape);
    } else {
      source.read(from, shape, weights, where);
    }
  }

  private void count(String from, String to, long values) {
    used.add(from);
    written.merge(to, values, Long::sum);
  }

  private static int at(TensorSpec tensor) {
    return (int) tensor.offset();
  }
}
