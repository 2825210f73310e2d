package io.tributary.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tributary.cli.model.ModelView;
import io.tributary.common.model.ModelDirectory;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tributary model show}: a model's tensors, and what of them is trained and travels. */
@Command(
    name = "show",
    description = "Print a model's tensors, its parameters, and what an update of it weighs.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  tributary model show minilm",
      "  tributary model show coordinator/home/runs/NAME/models --output json"
    })
final class ModelShowCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "DIR", description = "A model directory.")
  private Path directory;

  @Option(names = "--output", description = "text or json. Default: ${DEFAULT-VALUE}.")
  private OutputFormat output = OutputFormat.TEXT;

  @Override
  public Integer call() throws JsonProcessingException {
    ModelView view = ModelView.of(new ModelDirectory(directory).description());
    PrintWriter out = spec.commandLine().getOut();
    if (output == OutputFormat.JSON) {
      out.println(new ObjectMapper().writeValueAsString(view));
    } else {
      view.printTensors(out);
      view.printSummary(out);
    }
    out.flush();
    return 0;
  }
}
