package io.tributary.common.model;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.tributary.common.tensor.Initializer;
import io.tributary.common.tensor.Layout;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * A network that this project does not know: sites compute it with what their owners chose (a DL4J
 * network, a SameDiff graph, a process in any language), the coordinator only folds its tensors.
 *
 * <p>What the network is stands in a file on each site's own disk that all of them agreed on; the
 * job names it by digest and never carries it, so nothing that could be executed crosses the wire.
 *
 * @param program SHA-256 of the agreed file, 64 hexadecimal digits
 * @param tensors the parameters in their order on the wire, 1 to {@link #MAX_TENSORS}
 */
public record ExternalConfig(String program, List<Tensor> tensors) implements ModelConfig {
  /** Most tensors of one network. */
  public static final int MAX_TENSORS = 4_096;

  private static final int MAX_DIMENSIONS = 8;
  private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_./:-]{0,127}");

  /** How a tensor's first values are made. */
  public enum Start {
    /** All 0: biases. */
    @JsonProperty("zeros")
    ZEROS,
    /** All 1: gains. */
    @JsonProperty("ones")
    ONES,
    /** Independent normal values around 0, from the job's seed. */
    @JsonProperty("normal")
    NORMAL;

    @Override
    public String toString() {
      return KebabCase.of(this);
    }
  }

  /**
   * One tensor, its values in row-major order.
   *
   * @param name 1 to 128 of letters, digits and {@code _ . / : -}
   * @param shape 1 to 8 dimensions, each at least 1
   * @param initial default: normal if a deviation is stated, zeros otherwise
   * @param deviation standard deviation of normal first values
   * @param trainable whether training changes it and updates carry it; default true
   */
  public record Tensor(
      String name, List<Integer> shape, Start initial, Double deviation, Boolean trainable) {
    /** Fills defaults and checks each value. */
    public Tensor {
      if (name == null || !NAME.matcher(name).matches()) {
        throw new IllegalArgumentException(
            "model.external.tensors has name "
                + name
                + " but a name has 1 to 128 letters, digits and _ . / : - and does not start with"
                + " one of the last four");
      }
      if (shape == null || shape.isEmpty() || shape.size() > MAX_DIMENSIONS) {
        throw new IllegalArgumentException(
            "tensor " + name + " has shape " + shape + ": give 1 to " + MAX_DIMENSIONS + " sizes");
      }
      if (shape.stream().anyMatch(Objects::isNull)) {
        throw new IllegalArgumentException("tensor " + name + " has a size that is missing");
      }
      shape = List.copyOf(shape);
      initial = initial != null ? initial : deviation != null ? Start.NORMAL : Start.ZEROS;
      if ((initial == Start.NORMAL) != (deviation != null)) {
        throw new IllegalArgumentException(
            "tensor "
                + name
                + " starts with "
                + initial
                + " and has deviation "
                + deviation
                + ": state the deviation with initial: normal, and only there");
      }
      trainable = trainable == null || trainable;
    }

    private Initializer initializer() {
      return switch (initial) {
        case ZEROS -> new Initializer.Zeros();
        case ONES -> new Initializer.Ones();
        case NORMAL -> new Initializer.Normal(deviation);
      };
    }
  }

  /** Checks the digest, and that the tensors make a layout in which something can be trained. */
  public ExternalConfig {
    if (program == null || !DIGEST.matcher(program).matches()) {
      throw new IllegalArgumentException(
          "model.external.program is "
              + program
              + ": it must be the 64 lower-case hexadecimal digits of the SHA-256 of the file that"
              + " describes the network");
    }
    if (tensors == null || tensors.isEmpty() || tensors.size() > MAX_TENSORS) {
      throw new IllegalArgumentException(
          "model.external.tensors has "
              + (tensors == null ? 0 : tensors.size())
              + " tensors: list 1 to "
              + MAX_TENSORS);
    }
    tensors = List.copyOf(tensors);
    if (tensors.stream().noneMatch(Tensor::trainable)) {
      throw new IllegalArgumentException(
          "model.external.tensors are all trainable: false: training must be able to change one");
    }
    layout(tensors);
  }

  @Override
  public Layout layout() {
    return layout(tensors);
  }

  private static Layout layout(List<Tensor> tensors) {
    Layout.Builder builder = Layout.builder();
    for (Tensor tensor : tensors) {
      Integer[] shape = tensor.shape().toArray(new Integer[0]);
      if (tensor.trainable()) {
        builder.add(tensor.name(), tensor.initializer(), shape);
      } else {
        builder.addFrozen(tensor.name(), tensor.initializer(), shape);
      }
    }
    return builder.build();
  }
}
