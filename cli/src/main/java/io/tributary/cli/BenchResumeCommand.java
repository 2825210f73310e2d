package io.tributary.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.tributary.cli.bench.ScratchDirectory;
import io.tributary.simulation.bench.ResumeBenchmark;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code bench resume}. */
@Command(
    name = "resume",
    description = "Cut one large upload at random places and count the bytes that go over twice.",
    mixinStandardHelpOptions = true,
    footer = {"", "Example:", "  tributary bench resume --parameters 22500000 --cuts 10"})
final class BenchResumeCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--parameters", description = "Of the model. Default: ${DEFAULT-VALUE}.")
  private long parameters = 22_500_000;

  @Option(names = "--cuts", description = "Of the link. Default: ${DEFAULT-VALUE}.")
  private int cuts = 10;

  @Option(names = "--seed", description = "Of the places. Default: ${DEFAULT-VALUE}.")
  private long seed = 1;

  @Option(
      names = "--output",
      description = "text, or json: one object as the last line. Default: ${DEFAULT-VALUE}.")
  private OutputFormat output = OutputFormat.TEXT;

  @Override
  public Integer call() throws Exception {
    Usage.requireRange("--parameters", parameters, 1, 100_000_000);
    Usage.requireRange("--cuts", cuts, 0, 1000);
    ResumeBenchmark.Result result;
    try (ScratchDirectory directory = ScratchDirectory.create()) {
      result = ResumeBenchmark.run(directory.path(), parameters, cuts, seed);
    }
    PrintWriter out = spec.commandLine().getOut();
    if (output == OutputFormat.JSON) {
      out.println(new ObjectMapper().writeValueAsString(result));
    } else {
      out.printf(
          Locale.ROOT,
          "upload of %.1f MB, link cut %d times: received %.1f MB, %.2f %% of it again;"
              + " %.1f MB passed the link (%.2f %% again, torn chunks included); %.1f s%n",
          result.updateBytes() / 1e6,
          result.cuts(),
          result.receivedBytes() / 1e6,
          result.receivedAgainShare() * 100,
          result.passedBytes() / 1e6,
          result.passedAgainShare() * 100,
          result.seconds());
    }
    out.flush();
    return 0;
  }
}
