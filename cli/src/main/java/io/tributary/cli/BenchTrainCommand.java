package io.tributary.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tributary.cli.bench.PyTorchPeer;
import io.tributary.common.model.TransformerConfig;
import io.tributary.transformer.TrainingBenchmark;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code bench train}. */
@Command(
    name = "train",
    description = "Time a training step beside the matrix-product peak of the same run.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Example, beside PyTorch where python3-torch is installed:",
      "  tributary bench train --preset gpt-tiny --vocab 96 --threads 1 --peer"
    })
final class BenchTrainCommand implements Callable<Integer> {
  private static final int MAX_COUNT = 100_000;

  @Spec private CommandSpec spec;

  @Option(names = "--preset", description = "Model. Default: ${DEFAULT-VALUE}.")
  private String preset = "gpt-tiny";

  @Option(names = "--vocab", description = "Vocabulary size. Default: the preset's.")
  private Integer vocabulary;

  @Option(
      names = "--classes",
      description = "Turn the model into a classifier of so many classes, by mean pooling.")
  private Integer classes;

  @Option(names = "--batch", description = "Sequences a step. Default: ${DEFAULT-VALUE}.")
  private int batch = 16;

  @Option(names = "--threads", description = "Of the maths library. Default: ${DEFAULT-VALUE}.")
  private int threads = 1;

  @Option(names = "--steps", description = "Timed steps. Default: ${DEFAULT-VALUE}.")
  private int steps = 40;

  @Option(
      names = "--peer",
      description = "Also time the same step in PyTorch (python3 with torch), before and after.")
  private boolean peer;

  @Option(
      names = "--output",
      description = "text, or json: one object as the last line. Default: ${DEFAULT-VALUE}.")
  private OutputFormat output = OutputFormat.TEXT;

  @Override
  public Integer call() throws IOException, InterruptedException {
    TransformerConfig config = Usage.checked(this::config);
    Usage.requireRange("--batch", batch, 1, MAX_COUNT);
    Usage.requireRange("--threads", threads, 1, MAX_COUNT);
    Usage.requireRange("--steps", steps, 1, MAX_COUNT);
    PyTorchPeer pyTorch =
        peer ? PyTorchPeer.find(Distribution.path(), config, batch, threads, steps) : null;
    PyTorchPeer.Step before = peer ? pyTorch.step() : null;
    TrainingBenchmark.Result result =
        Usage.checked(() -> TrainingBenchmark.run(config, batch, threads, steps));
    print(result, peer ? before.meanWith(pyTorch.step()) : null);
    return 0;
  }

  private TransformerConfig config() {
    return BenchmarkModel.config(preset, vocabulary, classes);
  }

  private void print(TrainingBenchmark.Result result, PyTorchPeer.Step peerOrNull)
      throws JsonProcessingException {
    PrintWriter out = spec.commandLine().getOut();
    if (output == OutputFormat.JSON) {
      ObjectMapper mapper = new ObjectMapper();
      ObjectNode json = mapper.valueToTree(result);
      if (peerOrNull != null) {
        json.put("peerStepMillisMedian", peerOrNull.millis());
        json.put("peerProcessorMillisMean", peerOrNull.processorMillis());
        json.put("ratioToPeer", result.stepMillisMedian() / peerOrNull.millis());
        json.put(
            "processorRatioToPeer", result.processorMillisMean() / peerOrNull.processorMillis());
      }
      out.println(mapper.writeValueAsString(json));
    } else {
      out.printf(
          Locale.ROOT,
          "%s: %,d parameters, batch %d x %d tokens, %d thread(s), %d steps%n",
          preset,
          result.parameterCount(),
          result.batchSize(),
          result.contextLength(),
          result.threads(),
          result.steps());
      out.printf(
          Locale.ROOT,
          "step %.1f ms (median; %.1f to %.1f), of the processor %.1f ms, %,.0f tokens/s%n",
          result.stepMillisMedian(),
          result.stepMillisMin(),
          result.stepMillisMax(),
          result.processorMillisMean(),
          result.tokensPerSecond());
      out.printf(
          Locale.ROOT,
          "%.1f GFLOP/s of a %.1f GFLOP/s matrix-product peak in the same run (%.0f %%)%n",
          result.gflopsPerSecond(),
          result.sgemmPeakGflopsPerSecond(),
          result.shareOfSgemmPeak() * 100);
      out.printf(Locale.ROOT, "peak resident %.0f MB%n", result.peakResidentBytes() / 1e6);
      if (peerOrNull != null) {
        out.printf(
            Locale.ROOT,
            "PyTorch, same step, same threads, before and after: %.1f ms; ours takes %.2f times"
                + " that, and %.2f times its processor time%n",
            peerOrNull.millis(),
            result.stepMillisMedian() / peerOrNull.millis(),
            result.processorMillisMean() / peerOrNull.processorMillis());
      }
    }
    out.flush();
  }
}
