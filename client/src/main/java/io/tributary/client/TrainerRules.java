package io.tributary.client;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.tributary.client.data.NumericSource;
import io.tributary.client.process.ProcessLimits;
import io.tributary.transformer.network.NetworkKind;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * One way in which a site computes a network that is not of the family; an entry of {@code
 * trainers} in the site's file. Programs and commands come from there alone.
 *
 * <pre>{@code
 * trainers:
 *   - {program: iris.json, kind: multi-layer-network, data: {path: iris.csv, label: species}}
 *   - program: iris.json          # any file that the federation agreed on
 *     kind: process
 *     command: [python3, numpy_mlp.py, iris.csv]
 *     environment: {OMP_NUM_THREADS: "1"}
 *     limits: {start-millis: 30000, task-millis: 3600000, memory-bytes: 4294967296}
 * }</pre>
 *
 * @param program the file whose SHA-256 jobs name as {@code model.external.program}
 * @param kind what it is to this site
 * @param data networks: the examples
 * @param command process: the program and its arguments, run as they stand
 * @param environment process: variables beside the few that are passed on
 * @param limits process: bounds of time and memory
 * @param directory process: where it runs; default: the directory of the site's file
 */
public record TrainerRules(
    String program,
    Kind kind,
    NumericSource data,
    List<String> command,
    Map<String, String> environment,
    ProcessLimits limits,
    String directory) {

  /** What computes a program. */
  public enum Kind {
    /** A DL4J network from the JSON of its configuration. */
    @JsonProperty("multi-layer-network")
    MULTI_LAYER_NETWORK(NetworkKind.MULTI_LAYER_NETWORK),
    /** A DL4J graph from the JSON of its configuration. */
    @JsonProperty("computation-graph")
    COMPUTATION_GRAPH(NetworkKind.COMPUTATION_GRAPH),
    /** A saved SameDiff graph. */
    @JsonProperty("samediff")
    SAMEDIFF(NetworkKind.SAMEDIFF),
    /** A process of this site's own, which knows the program. */
    @JsonProperty("process")
    PROCESS(null);

    private final NetworkKind network;

    Kind(NetworkKind network) {
      this.network = network;
    }

    /** Which network, or null for a process. */
    NetworkKind network() {
      return network;
    }

    @Override
    public String toString() {
      return network == null ? "process" : network.toString();
    }
  }

  /** Checks that what is stated belongs together. */
  public TrainerRules {
    if (program == null || program.isBlank()) {
      throw new IllegalArgumentException(
          "trainers: program is missing: name the file whose digest jobs state");
    }
    if (kind == null) {
      throw new IllegalArgumentException(
          "trainers: kind of "
              + program
              + " is missing: multi-layer-network, computation-graph, samediff or process");
    }
    if (kind == Kind.PROCESS) {
      refuse(kind, "data", data);
      require(kind, "command", command);
      command = List.copyOf(command);
      environment = environment == null ? Map.of() : Map.copyOf(environment);
      limits = limits == null ? ProcessLimits.DEFAULT : limits;
    } else {
      refuse(kind, "command", command);
      refuse(kind, "environment", environment);
      refuse(kind, "limits", limits);
      refuse(kind, "directory", directory);
      require(kind, "data", data);
    }
  }

  private static void refuse(Kind kind, String key, Object value) {
    if (value != null) {
      throw new IllegalArgumentException(
          "trainers: " + key + " is stated but a " + kind + " has none: leave it out");
    }
  }

  private static void require(Kind kind, String key, Object value) {
    if (value == null) {
      throw new IllegalArgumentException(
          "trainers: " + key + " is missing: a " + kind + " needs one");
    }
  }

  /** The same, its paths relative to a directory. */
  TrainerRules resolvedAgainst(Path base) {
    return new TrainerRules(
        base.resolve(program).normalize().toString(),
        kind,
        data == null ? null : data.resolvedAgainst(base),
        command,
        environment,
        limits,
        kind == Kind.PROCESS
            ? base.resolve(directory == null ? "" : directory).normalize().toString()
            : null);
  }
}
