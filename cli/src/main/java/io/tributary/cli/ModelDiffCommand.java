package io.tributary.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tributary.cli.model.ModelDifference;
import io.tributary.common.model.ModelDescription;
import io.tributary.common.model.ModelDirectory;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tributary model diff}: how far two models of one layout are from each other. */
@Command(
    name = "diff",
    description =
        "Print for each tensor how far a second model is from a first: the length of the"
            + " difference, its ratio to the first, and the largest change of one value.",
    mixinStandardHelpOptions = true,
    footer = {"", "Example:", "  tributary model diff minilm coordinator/home/runs/NAME/models"})
final class ModelDiffCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "A", description = "A model directory.")
  private Path first;

  @Parameters(index = "1", paramLabel = "B", description = "Another, of the same layout.")
  private Path second;

  @Option(names = "--output", description = "text or json. Default: ${DEFAULT-VALUE}.")
  private OutputFormat output = OutputFormat.TEXT;

  @Override
  public Integer call() throws JsonProcessingException {
    ModelDirectory a = new ModelDirectory(first);
    ModelDirectory b = new ModelDirectory(second);
    ModelDescription ofA = a.description();
    ModelDescription ofB = b.description();
    ModelDifference.requireSameLayout(
        first.toString(), ofA.config().layout(), second.toString(), ofB.config().layout());
    ModelDifference difference =
        ModelDifference.between(ofA.config().layout(), a.weights(ofA), b.weights(ofB));
    PrintWriter out = spec.commandLine().getOut();
    if (output == OutputFormat.JSON) {
      out.println(new ObjectMapper().writeValueAsString(difference));
    } else {
      difference.print(out);
    }
    out.flush();
    return 0;
  }
}
