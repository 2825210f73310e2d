package io.tributary.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tributary.common.model.ModelDescription;
import io.tributary.common.model.ModelDirectory;
import io.tributary.transformer.export.ModelExport;
import io.tributary.transformer.export.WeightType;
import io.tributary.transformer.pretrained.PretrainedModel;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tributary model export}: a model as other programs read it. */
@Command(
    name = "export",
    description =
        "Write a model for other programs: a Hugging Face directory (safetensors) in the names of"
            + " BERT, GPT-2 or Llama, a GGUF file for llama.cpp and what is built on it (Llama's"
            + " kind, tokens are bytes), or DL4J's zip (LSTM). A part of the model that a format"
            + " cannot say is refused by name; adapters are merged. See docs/export.md.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  tributary model export --model minilm --format safetensors --out minilm-hf",
      "  tributary model export --model coordinator/home/runs/NAME/models --format gguf \\",
      "    --type f16 --out model.gguf"
    })
final class ModelExportCommand implements Callable<Integer> {
  private static final double NANOS = 1e9;

  @Spec private CommandSpec spec;

  @Option(names = "--model", required = true, description = "A model directory.")
  private Path directory;

  @Option(names = "--format", required = true, description = "safetensors, gguf or dl4j.")
  private ModelExport.Format format;

  @Option(
      names = "--out",
      required = true,
      description = "The directory or file to make; never overwritten.")
  private Path out;

  @Option(names = "--type", description = "f32 or f16. Default: ${DEFAULT-VALUE}.")
  private WeightType type = WeightType.F32;

  @Option(
      names = "--tokenizer",
      description = "The model's tokenizer.json. Default: the one beside the model.")
  private Path tokenizer;

  @Option(names = "--output", description = "text or json. Default: ${DEFAULT-VALUE}.")
  private OutputFormat output = OutputFormat.TEXT;

  /**
   * What is printed.
   *
   * @param out what was made
   * @param format how
   * @param type of its numbers
   * @param digest of the weights that went into it
   * @param bytes of all its files
   * @param seconds that it took, without the start of the program
   */
  private record Exported(
      String out, String format, String type, String digest, long bytes, double seconds) {}

  @Override
  public Integer call() throws JsonProcessingException {
    long start = System.nanoTime();
    ModelDirectory model = new ModelDirectory(directory);
    ModelDescription description = model.description();
    Path beside = directory.resolve(PretrainedModel.TOKENIZER_FILE);
    ModelExport export =
        ModelExport.plan(
            description.run(),
            description.config(),
            format,
            type,
            tokenizer == null ? beside : tokenizer);
    long bytes = write(export, model, description);
    print(
        new Exported(
            out.toString(),
            shown(format),
            shown(type),
            description.digest(),
            bytes,
            (System.nanoTime() - start) / NANOS));
    return 0;
  }

  private static String shown(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  private long write(ModelExport export, ModelDirectory model, ModelDescription description) {
    return NewOutput.write(
        out,
        () -> {
          export.requireFree(out);
          export.write(model.weights(description), out);
          try (Stream<Path> files = Files.walk(out)) {
            return files
                .filter(Files::isRegularFile)
                .mapToLong(file -> file.toFile().length())
                .sum();
          }
        });
  }

  private void print(Exported exported) throws JsonProcessingException {
    PrintWriter writer = spec.commandLine().getOut();
    if (output == OutputFormat.JSON) {
      writer.println(new ObjectMapper().writeValueAsString(exported));
    } else {
      writer.printf(
          Locale.ROOT,
          "%s: %s, %s, %,d bytes, weights %s, %.1f s%n",
          exported.out(),
          exported.format(),
          exported.type(),
          exported.bytes(),
          exported.digest(),
          exported.seconds());
    }
    writer.flush();
  }
}
