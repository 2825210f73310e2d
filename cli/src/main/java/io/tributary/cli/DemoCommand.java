package io.tributary.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tributary.cli.demo.DemoOptions;
import io.tributary.cli.demo.DemoResult;
import io.tributary.cli.demo.ShakespeareDemo;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tributary demo}: the whole thing on one machine. */
@Command(
    name = "demo",
    description = "See a federation learn on this machine.",
    mixinStandardHelpOptions = true,
    subcommands = DemoCommand.Shakespeare.class)
final class DemoCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw Usage.verbMissing(spec);
  }

  /** {@code demo shakespeare}. */
  @Command(
      name = "shakespeare",
      description =
          "Three plays split by speaking role: real processes, real TLS, one site killed on the way.",
      mixinStandardHelpOptions = true,
      footer = {
        "",
        "Examples:",
        "  tributary demo shakespeare",
        "  tributary demo shakespeare --sites 13 --rounds 8 --keep",
        "  tributary demo shakespeare --output json | tail -n 1"
      })
  static final class Shakespeare implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Option(
        names = "--sites",
        description =
            "How many: the largest roles, and one chorus of the rest."
                + " Default: ${DEFAULT-VALUE}.")
    private int sites = 9;

    @Option(names = "--rounds", description = "How many. Default: ${DEFAULT-VALUE}.")
    private int rounds = 10;

    @Option(
        names = "--seed",
        description = "Of weights, selection, splits and batches. Default: ${DEFAULT-VALUE}.")
    private long seed = 42;

    @Option(names = "--home", description = "An empty or new directory for all files; they stay.")
    private Path home;

    @Option(names = "--keep", description = "Keep the temporary directory.")
    private boolean keep;

    @Option(names = "--no-kill", description = "Kill no site.")
    private boolean noKill;

    @Option(names = "--no-baseline", description = "Train nobody alone for comparison.")
    private boolean noBaseline;

    @Option(
        names = "--output",
        description =
            "text, or json: one JSON object as the last line instead of the conclusions."
                + " Default: ${DEFAULT-VALUE}.")
    private OutputFormat output = OutputFormat.TEXT;

    @Override
    public Integer call() throws IOException, InterruptedException {
      DemoOptions options =
          Usage.checked(
              () ->
                  new DemoOptions(
                      sites,
                      rounds,
                      seed,
                      home,
                      keep,
                      !noKill,
                      !noBaseline,
                      output == OutputFormat.JSON));
      PrintWriter out = spec.commandLine().getOut();
      DemoResult result =
          new ShakespeareDemo(options, Distribution.path(), out, Distribution.onTerminal()).run();
      if (options.json()) {
        out.println(toJson(result));
        out.flush();
      }
      return 0;
    }

    private static String toJson(DemoResult result) throws JsonProcessingException {
      return new ObjectMapper().writeValueAsString(result);
    }
  }
}
