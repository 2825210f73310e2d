package io.tributary.common.tensor;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The tensors of a model in the order in which they lie in its one flat {@code float[]}.
 *
 * <p>Everything that crosses a module or the wire is that flat vector plus this list: the
 * coordinator folds it, clients train it, and neither needs to know what a transformer is. Tensors
 * lie back to back from index 0, so that a vector's length is {@link #parameterCount()}.
 *
 * @param tensors in order of offset, contiguous, with unique names
 */
public record Layout(List<TensorSpec> tensors) {

  /** Checks order, contiguity and names. */
  public Layout {
    tensors = List.copyOf(tensors);
    if (tensors.isEmpty()) {
      throw new IllegalArgumentException("layout has no tensors: give at least one");
    }
    Map<String, Integer> positions = new HashMap<>();
    long expected = 0;
    for (int i = 0; i < tensors.size(); i++) {
      TensorSpec tensor = tensors.get(i);
      if (tensor.offset() != expected) {
        throw new IllegalArgumentException(
            "tensor "
                + tensor.name()
                + " has offset "
                + tensor.offset()
                + " but the tensors before it end at "
                + expected
                + ": tensors must lie back to back in order");
      }
      Integer earlier = positions.put(tensor.name(), i);
      if (earlier != null) {
        throw new IllegalArgumentException(
            "tensor name " + tensor.name() + " stands twice in the layout: names must be unique");
      }
      expected = tensor.end();
    }
    if (expected > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "layout has "
              + expected
              + " parameters: at most "
              + Integer.MAX_VALUE
              + " fit into one flat vector");
    }
  }

  /** Starts an empty layout. */
  public static Builder builder() {
    return new Builder();
  }

  /** Length of the flat vector. */
  public int parameterCount() {
    return (int) tensors.get(tensors.size() - 1).end();
  }

  /** Number of values in trainable tensors: the length of an update. */
  public int trainableCount() {
    return tensors.stream().filter(TensorSpec::trainable).mapToInt(TensorSpec::size).sum();
  }

  /** The trainable tensors in layout order: the tensors of an update, packed back to back. */
  public List<TensorSpec> trainableTensors() {
    return tensors.stream().filter(TensorSpec::trainable).toList();
  }

  /**
   * The tensor of a name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public TensorSpec tensor(String name) {
    return find(name)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no tensor is named " + name + " in a layout of " + tensors.size()));
  }

  /** The tensor of a name, if there is one. */
  public Optional<TensorSpec> find(String name) {
    return tensors.stream().filter(tensor -> tensor.name().equals(name)).findFirst();
  }

  /**
   * The trainable values of {@code updated - base}, packed in layout order.
   *
   * @param base flat vector of {@link #parameterCount()} values
   * @param updated flat vector of the same length
   * @return {@link #trainableCount()} values
   */
  public float[] trainableDelta(float[] base, float[] updated) {
    requireLength("base", base.length, parameterCount());
    requireLength("updated", updated.length, parameterCount());
    float[] delta = new float[trainableCount()];
    int at = 0;
    for (TensorSpec tensor : tensors) {
      if (tensor.trainable()) {
        for (int i = (int) tensor.offset(); i < tensor.end(); i++) {
          delta[at++] = updated[i] - base[i];
        }
      }
    }
    return delta;
  }

  /**
   * A new flat vector: {@code base} with a packed trainable delta added.
   *
   * @param base flat vector of {@link #parameterCount()} values
   * @param delta {@link #trainableCount()} values in layout order
   */
  public float[] plusTrainableDelta(float[] base, float[] delta) {
    requireLength("base", base.length, parameterCount());
    requireLength("delta", delta.length, trainableCount());
    float[] sum = base.clone();
    int at = 0;
    for (TensorSpec tensor : tensors) {
      if (tensor.trainable()) {
        for (int i = (int) tensor.offset(); i < tensor.end(); i++) {
          sum[i] += delta[at++];
        }
      }
    }
    return sum;
  }

  private static void requireLength(String what, int length, int expected) {
    if (length != expected) {
      throw new IllegalArgumentException(
          what + " has " + length + " values but the layout needs " + expected);
    }
  }

  /** Appends tensors back to back, so that nobody counts offsets by hand. */
  public static final class Builder {
    private final List<TensorSpec> tensors = new ArrayList<>();
    private long end;

    private Builder() {}

    /** Appends a trainable tensor. */
    public Builder add(String name, Initializer initializer, Integer... shape) {
      return append(name, initializer, true, List.of(shape));
    }

    /** Appends a tensor that training leaves alone and updates leave out. */
    public Builder addFrozen(String name, Initializer initializer, Integer... shape) {
      return append(name, initializer, false, List.of(shape));
    }

    private Builder append(
        String name, Initializer initializer, boolean trainable, List<Integer> shape) {
      TensorSpec tensor = new TensorSpec(name, shape, end, trainable, initializer);
      tensors.add(tensor);
      end = tensor.end();
      return this;
    }

    /**
     * The finished layout.
     *
     * @throws IllegalArgumentException if it is empty, a name stands twice or it is too long
     */
    public Layout build() {
      return new Layout(tensors);
    }
  }
}
