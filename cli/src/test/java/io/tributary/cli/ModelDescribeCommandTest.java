package io.tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tributary.common.job.JobSpec;
import io.tributary.common.model.ExternalConfig;
import io.tributary.common.model.ModelDirectory;
import io.tributary.examples.iris.IrisNetworks;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelDescribeCommandTest {
  private static final Path IRIS = Path.of("..", "examples", "iris");

  @TempDir Path directory;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... more) {
    String[] arguments = new String[more.length + 2];
    arguments[0] = "model";
    arguments[1] = "describe";
    System.arraycopy(more, 0, arguments, 2, more.length);
    return Main.commandLine()
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }

  private int describe(Path network, String kind, String... more) {
    String[] arguments = new String[more.length + 4];
    arguments[0] = "--network";
    arguments[1] = network.toString();
    arguments[2] = "--kind";
    arguments[3] = kind;
    System.arraycopy(more, 0, arguments, 4, more.length);
    return run(arguments);
  }

  @Test
  void printsABlockThatAJobCanHold() throws IOException {
    assertThat(describe(IRIS.resolve("iris.json"), "multi-layer-network", "--freeze", "0_b"))
        .as(err.toString())
        .isZero();
    String rest = "name: a\nrounds: 1\nlocal: {learning-rate: 0.1, steps: 1}\nround: {cohort: 1}\n";
    Path job = Files.writeString(directory.resolve("job.yaml"), out + rest);
    ExternalConfig described = (ExternalConfig) JobSpec.read(job).model().config();
    ExternalConfig example =
        (ExternalConfig) JobSpec.read(IRIS.resolve("job.yaml")).model().config();
    assertThat(described.program()).isEqualTo(example.program());
    assertThat(described.tensors())
        .extracting(ExternalConfig.Tensor::name, ExternalConfig.Tensor::shape)
        .containsExactlyElementsOf(
            example.tensors().stream()
                .map(t -> org.assertj.core.groups.Tuple.tuple(t.name(), t.shape()))
                .toList());
    assertThat(described.tensors().stream().filter(t -> !t.trainable()))
        .extracting(ExternalConfig.Tensor::name)
        .containsExactly("0_b");
    assertThat(described.tensors().get(0).deviation()).isBetween(0.1, 1.0);
    assertThat(described.tensors().get(1).deviation()).isNull();
  }

  @Test
  void writesTheNetworksOwnFirstValuesAndNothingOverThem() throws IOException {
    Path start = directory.resolve("start");
    Path network = IRIS.resolve("iris.json");
    String[] options = {"--out", start.toString(), "--seed", "3", "--output", "json"};
    assertThat(describe(network, "multi-layer-network", options)).as(err.toString()).isZero();
    JsonNode json = new ObjectMapper().readTree(out.toString());
    ModelDirectory written = new ModelDirectory(start);
    assertThat(written.description().digest()).isEqualTo(json.get("initial-weights").asText());
    assertThat(written.description().config().layout().parameterCount()).isEqualTo(67);
    assertThat(describe(network, "multi-layer-network", options)).isEqualTo(3);
    assertThat(err.toString()).contains("not overwritten");
  }

  @Test
  void givesAMatrixOfZerosAStartFromWhichItLearns() throws IOException {
    Path graph = Files.write(directory.resolve("iris.sd"), IrisNetworks.sameDiff());
    assertThat(describe(graph, "samediff")).as(err.toString()).isZero();
    assertThat(out.toString())
        .contains("{name: w1, shape: [4, 8], initial: normal, deviation: 0.5}")
        .contains("{name: b1, shape: [8], initial: zeros}");
  }

  @Test
  void saysWhatIsWrongWithoutATrace() throws IOException {
    Path text = Files.writeString(directory.resolve("text"), "no network");
    assertThat(describe(text, "samediff")).isEqualTo(2);
    assertThat(describe(text, "multi-layer-network")).isEqualTo(2);
    assertThat(describe(directory.resolve("none"), "samediff")).isEqualTo(2);
    assertThat(describe(IRIS.resolve("iris.json"), "keras")).isEqualTo(2);
    assertThat(describe(IRIS.resolve("iris.json"), "multi-layer-network", "--freeze", "9_W"))
        .isEqualTo(2);
    assertThat(err.toString().lines().filter(line -> line.startsWith("tributary: "))).hasSize(5);
    assertThat(err.toString())
        .contains("describes no network", "there is none", "--kind is keras", "9_W")
        .doesNotContain("\tat ");
    assertThat(List.of(out.toString())).containsExactly("");
  }
}
