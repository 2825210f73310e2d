package io.tributary.cli;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.model.ModelDescription;
import io.tributary.common.model.ModelDirectory;
import io.tributary.transformer.SamplingSettings;
import io.tributary.transformer.TextGenerator;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code tributary generate}: has a published model continue a text. */
@Command(
    name = "generate",
    description = "Continue a text with a published model.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Example:",
      "  tributary generate --model coordinator/home/runs/NAME/models --prompt \"To be, or\""
    })
final class GenerateCommand implements Callable<Integer> {
  private static final int MAX_BYTES = 1 << 20;

  @Option(
      names = "--model",
      required = true,
      description = "A model directory, such as runs/NAME/models in a coordinator's home.")
  private Path model;

  @Option(names = "--prompt", required = true, description = "The text to continue.")
  private String prompt;

  @Option(names = "--max-bytes", description = "Length. Default: ${DEFAULT-VALUE}.")
  private int maxBytes = 400;

  @Option(
      names = "--temperature",
      description = "0 takes the likeliest byte each time. Default: ${DEFAULT-VALUE}.")
  private double temperature = 0.8;

  @Option(
      names = "--top-k",
      description = "Draw among the k likeliest bytes. Default: ${DEFAULT-VALUE}.")
  private int topK = 40;

  @Option(names = "--seed", description = "Same seed, same text. Default: ${DEFAULT-VALUE}.")
  private long seed = 42;

  @Override
  public Integer call() {
    if (maxBytes < 1 || maxBytes > MAX_BYTES) {
      throw new UserErrorException(
          UserErrorException.Kind.USAGE,
          "--max-bytes is " + maxBytes + " but must be 1 to " + MAX_BYTES);
    }
    SamplingSettings sampling = Usage.checked(() -> new SamplingSettings(temperature, topK, seed));
    ModelDirectory directory = new ModelDirectory(model);
    ModelDescription description = directory.description();
    float[] weights = directory.weights(description);
    try (TextGenerator generator = new TextGenerator(description.model(), weights)) {
      byte[] text = generator.generate(prompt.getBytes(StandardCharsets.UTF_8), maxBytes, sampling);
      // Bytes as they are: a character may be cut at the end, or be wrong in an untrained model.
      PrintStream out = System.out;
      out.print(prompt);
      out.write(text, 0, text.length);
      out.println();
      out.flush();
    }
    return 0;
  }
}
