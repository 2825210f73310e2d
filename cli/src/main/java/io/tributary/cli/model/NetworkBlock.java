package io.tributary.cli.model;

import io.tributary.common.model.ExternalConfig;
import io.tributary.common.model.ExternalConfig.Start;
import io.tributary.common.model.ExternalConfig.Tensor;
import io.tributary.transformer.network.NetworkTensor;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.StringJoiner;

/** The {@code model.external} block of a job for a network that a file describes. */
public final class NetworkBlock {
  private static final MathContext DIGITS = new MathContext(3);

  private NetworkBlock() {}

  /**
   * What a job says of the network.
   *
   * @param program digest of the file
   * @param frozen names of tensors that training leaves as they are
   */
  public static ExternalConfig of(String program, List<NetworkTensor> tensors, Set<String> frozen) {
    return new ExternalConfig(
        program,
        tensors.stream().map(tensor -> tensor(tensor, !frozen.contains(tensor.name()))).toList());
  }

  /** First values as near to the network's own as a job can say. */
  private static Tensor tensor(NetworkTensor tensor, boolean trainable) {
    double sum = 0;
    double squares = 0;
    for (float value : tensor.firstValues()) {
      sum += value;
      squares += (double) value * value;
    }
    int count = tensor.firstValues().length;
    double mean = sum / count;
    double variance = squares / count - mean * mean;
    if (variance > 0) {
      return normal(tensor, Math.sqrt(variance), trainable);
    }
    // All alike: biases and gains. A matrix of zeros would never learn: its inputs decide.
    if (tensor.shape().size() > 1 && mean == 0 && count > 1 && tensor.shape().get(0) > 1) {
      int outputs = tensor.shape().get(tensor.shape().size() - 1);
      return normal(tensor, Math.sqrt((double) outputs / count), trainable);
    }
    return new Tensor(
        tensor.name(), tensor.shape(), mean == 1 ? Start.ONES : Start.ZEROS, null, trainable);
  }

  private static Tensor normal(NetworkTensor tensor, double deviation, boolean trainable) {
    double rounded = new BigDecimal(deviation).round(DIGITS).doubleValue();
    return new Tensor(tensor.name(), tensor.shape(), Start.NORMAL, rounded, trainable);
  }

  /** The block as a job's YAML has it, one line a tensor. */
  public static String yaml(ExternalConfig external) {
    StringJoiner lines = new StringJoiner("\n", "", "\n");
    lines.add("model:").add("  external:").add("    program: " + external.program());
    lines.add("    tensors:");
    for (Tensor tensor : external.tensors()) {
      String start =
          tensor.initial() == Start.NORMAL
              ? String.format(Locale.ROOT, "normal, deviation: %s", tensor.deviation())
              : tensor.initial().toString();
      lines.add(
          "      - {name: "
              + tensor.name()
              + ", shape: "
              + tensor.shape()
              + ", initial: "
              + start
              + (tensor.trainable() ? "" : ", trainable: false")
              + "}");
    }
    return lines.toString();
  }
}
