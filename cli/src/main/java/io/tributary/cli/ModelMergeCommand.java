package io.tributary.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tributary.cli.model.ModelView;
import io.tributary.common.config.BoundedFile;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.model.LoraMerge;
import io.tributary.common.model.ModelDescription;
import io.tributary.common.model.ModelDirectory;
import io.tributary.common.model.NewModelDirectory;
import io.tributary.common.model.TransformerConfig;
import io.tributary.transformer.pretrained.PretrainedModel;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tributary model merge}: a model without its adapters, which answers the same. */
@Command(
    name = "merge",
    description =
        "Add a model's LoRA adapters into the matrices they stand beside, as a model of its own:"
            + " the same answers, nothing extra to compute or to export.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Example:",
      "  tributary model merge coordinator/home/runs/NAME/models --out merged"
    })
final class ModelMergeCommand implements Callable<Integer> {
  private static final int MAX_TOKENIZER_BYTES = 32 << 20;

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "DIR", description = "A model directory.")
  private Path directory;

  @Option(
      names = "--out",
      required = true,
      description = "The model directory to make; never overwritten.")
  private Path out;

  @Option(names = "--output", description = "text or json. Default: ${DEFAULT-VALUE}.")
  private OutputFormat output = OutputFormat.TEXT;

  @Override
  public Integer call() throws JsonProcessingException {
    ModelDirectory model = new ModelDirectory(directory);
    ModelDescription description = model.description();
    if (!(description.config() instanceof TransformerConfig config)) {
      throw new UserErrorException(
          UserErrorException.Kind.USAGE, directory + " holds a recurrent model, without adapters");
    }
    TransformerConfig merged = Usage.checked(() -> LoraMerge.merged(config));
    write(description, merged, LoraMerge.merge(config, model.weights(description)));
    ModelView view = ModelView.of(new ModelDirectory(out).description());
    PrintWriter writer = spec.commandLine().getOut();
    if (output == OutputFormat.JSON) {
      writer.println(new ObjectMapper().writeValueAsString(view.summary()));
    } else {
      view.printSummary(writer);
    }
    writer.flush();
    return 0;
  }

  private void write(ModelDescription from, TransformerConfig merged, float[] weights) {
    Path tokenizer = directory.resolve(PretrainedModel.TOKENIZER_FILE);
    String unusedDigest =
        NewOutput.write(
            out,
            () ->
                NewModelDirectory.write(
                    out,
                    from.run(),
                    from.round(),
                    merged,
                    weights,
                    Files.exists(tokenizer)
                        ? Map.of(
                            PretrainedModel.TOKENIZER_FILE,
                            BoundedFile.read(tokenizer, MAX_TOKENIZER_BYTES))
                        : Map.of()));
  }
}
