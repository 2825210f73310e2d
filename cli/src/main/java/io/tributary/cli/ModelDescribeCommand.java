package io.tributary.cli;

import io.tributary.cli.model.NetworkBlock;
import io.tributary.client.train.ProgramFile;
import io.tributary.common.config.ConfigReader;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.model.ExternalConfig;
import io.tributary.common.model.NewModelDirectory;
import io.tributary.transformer.network.NetworkKind;
import io.tributary.transformer.network.NetworkProgram;
import io.tributary.transformer.network.NetworkTensor;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tributary model describe}: what a job must say of a network that a file describes. */
@Command(
    name = "describe",
    description =
        "Print the model block of a job for a network of your own: the digest of its file and its"
            + " tensors. Only give it a file that you trust: DL4J lets it choose classes.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  tributary model describe --network iris.json --kind multi-layer-network",
      "  tributary model describe --network iris.json --kind multi-layer-network --out start"
    })
final class ModelDescribeCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--network", required = true, description = "The file that describes it.")
  private Path network;

  @Option(
      names = "--kind",
      required = true,
      description = "multi-layer-network, computation-graph or samediff.")
  private String kind;

  @Option(
      names = "--freeze",
      split = ",",
      description = "Names of tensors that training leaves as they are.")
  private Set<String> frozen = Set.of();

  @Option(
      names = "--out",
      description =
          "Also make a model directory of the network's own first values, for"
              + " model.initial-weights; never overwritten.")
  private Path out;

  @Option(names = "--seed", description = "Of those first values. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(names = "--output", description = "text (YAML) or json. Default: ${DEFAULT-VALUE}.")
  private OutputFormat output = OutputFormat.TEXT;

  /**
   * What is printed for machines.
   *
   * @param external the block
   * @param initialWeights digest of what was written, or null
   */
  private record Described(ExternalConfig external, String initialWeights) {}

  @Override
  public Integer call() {
    ProgramFile program = ProgramFile.of(network);
    List<NetworkTensor> tensors = tensors(kind());
    requireNames(tensors);
    ExternalConfig external =
        Usage.checked(() -> NetworkBlock.of(program.digest(), tensors, frozen));
    String digest = out == null ? null : write(external, tensors);
    PrintWriter writer = spec.commandLine().getOut();
    if (output == OutputFormat.JSON) {
      byte[] json = ConfigReader.toCanonicalJson(new Described(external, digest));
      writer.println(new String(json, StandardCharsets.UTF_8));
    } else {
      writer.print(NetworkBlock.yaml(external));
      if (digest != null) {
        writer.println("  initial-weights: " + digest);
      }
    }
    writer.flush();
    return 0;
  }

  private NetworkKind kind() {
    for (NetworkKind known : NetworkKind.values()) {
      if (known.toString().equals(kind.toLowerCase(Locale.ROOT))) {
        return known;
      }
    }
    throw failed(
        UserErrorException.Kind.USAGE,
        "--kind is " + kind + " but must be multi-layer-network, computation-graph or samediff",
        null);
  }

  private List<NetworkTensor> tensors(NetworkKind known) {
    try {
      return new NetworkProgram(known, () -> Files.readAllBytes(network)).tensors(seed);
    } catch (IllegalArgumentException e) {
      throw failed(
          UserErrorException.Kind.USAGE,
          network + " describes no network: " + e.getMessage() + "; is --kind right?",
          e);
    }
  }

  private void requireNames(List<NetworkTensor> tensors) {
    Set<String> names = tensors.stream().map(NetworkTensor::name).collect(Collectors.toSet());
    for (String name : frozen) {
      if (!names.contains(name)) {
        throw failed(
            UserErrorException.Kind.USAGE,
            "--freeze names " + name + " but the network's tensors are " + names,
            null);
      }
    }
  }

  private String write(ExternalConfig external, List<NetworkTensor> tensors) {
    float[] weights = new float[external.layout().parameterCount()];
    int at = 0;
    for (NetworkTensor tensor : tensors) {
      float[] values = tensor.firstValues();
      System.arraycopy(values, 0, weights, at, values.length);
      at += values.length;
    }
    return NewOutput.write(
        out,
        () ->
            NewModelDirectory.write(
                out, network.getFileName().toString(), 0, external, weights, Map.of()));
  }

  private static UserErrorException failed(
      UserErrorException.Kind kind, String message, Exception cause) {
    return new UserErrorException(kind, message, cause);
  }
}
