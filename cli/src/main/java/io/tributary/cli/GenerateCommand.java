package io.tributary.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.tributary.cli.generate.ByteEscapes;
import io.tributary.cli.generate.GenerationDisplay;
import io.tributary.common.config.BoundedFile;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.model.ModelDescription;
import io.tributary.common.model.ModelDirectory;
import io.tributary.common.model.TextModelConfig;
import io.tributary.transformer.decode.BeamSettings;
import io.tributary.transformer.decode.ByteText;
import io.tributary.transformer.decode.DecodingEngines;
import io.tributary.transformer.decode.GenerationListener;
import io.tributary.transformer.decode.GenerationSettings;
import io.tributary.transformer.decode.SamplingSettings;
import io.tributary.transformer.decode.StopSequences;
import io.tributary.transformer.decode.TextGenerator;
import io.tributary.transformer.decode.TokenChoice;
import io.tributary.transformer.decode.TokenText;
import io.tributary.transformer.decode.TokenizerText;
import io.tributary.transformer.pretrained.PretrainedModel;
import io.tributary.transformer.tokens.ByteTokenizer;
import io.tributary.transformer.tokens.TextTokenizer;
import io.tributary.transformer.tokens.TextTokenizers;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tributary generate}: has a published model continue texts. */
@Command(
    name = "generate",
    description = "Continue texts with a published model.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  tributary generate --model coordinator/home/runs/NAME/models --prompt \"To be, or\"",
      "  tributary generate --model MODELS --prompt \"O Romeo\" --beams 4 --stop \"\\n\\n\"",
      "  tributary generate --model MODELS --prompt-file prompts.txt --output json"
    })
final class GenerateCommand implements Callable<Integer> {
  private static final int DEFAULT_LENGTH = 400;
  private static final double DEFAULT_TEMPERATURE = 0.8;
  private static final int DEFAULT_TOP_K = 40;
  private static final int MAX_PROMPT_FILE_BYTES = 1 << 20;

  @Spec private CommandSpec spec;

  @Option(
      names = "--model",
      required = true,
      description = "A model directory, such as runs/NAME/models in a coordinator's home.")
  private Path model;

  @Option(
      names = "--tokenizer",
      description = "The model's tokenizer.json. Default: the one in the model directory, if any.")
  private Path tokenizer;

  @Option(names = "--prompt", description = "The text to continue; may be given several times.")
  private List<String> prompts = new ArrayList<>();

  @Option(names = "--prompt-file", description = "More texts to continue, one a line.")
  private Path promptFile;

  @Option(
      names = "--max-tokens",
      description = "Length in tokens. Default: " + DEFAULT_LENGTH + " or --max-bytes.")
  private Integer maxTokens;

  @Option(
      names = "--max-bytes",
      description = "Length in bytes. Default: " + DEFAULT_LENGTH + " or --max-tokens.")
  private Integer maxBytes;

  @Option(
      names = "--stop",
      description =
          "End before this text; may be given several times. \\n, \\t, \\\\ and \\xHH stand for"
              + " bytes.")
  private List<String> stops = new ArrayList<>();

  @Option(
      names = "--temperature",
      description =
          "Divides the logits; 0 takes the likeliest token each time. Default: "
              + DEFAULT_TEMPERATURE
              + ".")
  private Double temperature;

  @Option(
      names = "--top-k",
      description = "Draw among the k likeliest tokens. Default: " + DEFAULT_TOP_K + ".")
  private Integer topK;

  @Option(
      names = "--top-p",
      description =
          "Draw among the fewest likeliest tokens that hold this much probability. Default: 1.")
  private Double topP;

  @Option(
      names = "--repetition-penalty",
      description =
          "Makes tokens that occurred less likely; 1 does not. Default: ${DEFAULT-VALUE}.")
  private double repetitionPenalty = 1;

  @Option(
      names = "--beams",
      description = "Search for a likely text with this many at a time, instead of drawing one.")
  private Integer beams;

  @Option(
      names = "--length-penalty",
      description = "Of --beams: above 0 favours longer texts. Default: 0.")
  private Double lengthPenalty;

  @Option(names = "--seed", description = "Same seed, same text. Default: ${DEFAULT-VALUE}.")
  private long seed = 42;

  @Option(
      names = "--no-cache",
      description = "Compute the whole context for each token: slow, same text.")
  private boolean noCache;

  @Option(
      names = "--show-cache",
      description = "Say on standard error how much memory keys and values took.")
  private boolean showCache;

  @Option(
      names = "--output",
      description = "text, or json: one object as the last line. Default: ${DEFAULT-VALUE}.")
  private OutputFormat output = OutputFormat.TEXT;

  @Override
  public Integer call() throws JsonProcessingException {
    GenerationSettings settings = Usage.checked(this::settings);
    List<String> texts = prompts();
    ModelDirectory directory = new ModelDirectory(model);
    ModelDescription description = directory.description();
    TextGenerator.Generation generation;
    GenerationDisplay display = new GenerationDisplay(System.out, texts);
    boolean streaming = output == OutputFormat.TEXT && texts.size() == 1;
    try (TextTokenizer words = tokenizer(description.textConfig())) {
      TextGenerator generator = generator(directory, description, words);
      GenerationListener listener = streaming ? display.streaming() : GenerationListener.none();
      generation = Usage.checked(() -> generator.generate(texts, settings, listener));
    }
    if (output == OutputFormat.JSON) {
      display.json(generation);
    } else if (streaming) {
      display.endOfStream();
    } else {
      display.text(generation);
    }
    if (showCache) {
      PrintWriter err = spec.commandLine().getErr();
      err.printf(Locale.ROOT, "cache: %,d bytes%n", generation.cacheBytes());
      err.flush();
    }
    return 0;
  }

  /** The model's tokenizer, which must be the one that it was made for. */
  private TextTokenizer tokenizer(TextModelConfig config) {
    Path file = tokenizer == null ? model.resolve(PretrainedModel.TOKENIZER_FILE) : tokenizer;
    if (!config.tokenizer().equals(TextModelConfig.BYTES) && !Files.exists(file)) {
      throw failed(file + " is missing: give the model's tokenizer.json by --tokenizer", null);
    }
    return TextTokenizers.open(config, file);
  }

  private TextGenerator generator(
      ModelDirectory directory, ModelDescription description, TextTokenizer words) {
    TextModelConfig config = description.textConfig();
    int vocabulary = config.vocabularySize();
    TokenText text =
        words instanceof ByteTokenizer
            ? new ByteText(vocabulary)
            : new TokenizerText(words, vocabulary);
    try {
      return new TextGenerator(
          config,
          directory.weights(description),
          text,
          noCache ? DecodingEngines.uncached() : DecodingEngines.cached());
    } catch (IllegalArgumentException e) { // it does not predict next tokens
      throw failed(directory.path() + ": " + e.getMessage(), e);
    }
  }

  private static UserErrorException failed(String message, Throwable cause) {
    return new UserErrorException(UserErrorException.Kind.FAILED, message, cause);
  }

  private GenerationSettings settings() {
    int most = GenerationSettings.MAX_LENGTH;
    int byDefault = maxBytes == null ? DEFAULT_LENGTH : most;
    return new GenerationSettings(
        choice(),
        maxTokens == null ? byDefault : maxTokens,
        maxBytes == null ? most : maxBytes,
        new StopSequences(stops.stream().map(ByteEscapes::bytes).toList()));
  }

  private TokenChoice choice() {
    if (beams == null) {
      refuseWith("--length-penalty", lengthPenalty, "is of --beams: give both or none");
      return new SamplingSettings(
          temperature == null ? DEFAULT_TEMPERATURE : temperature,
          topK == null ? DEFAULT_TOP_K : topK,
          topP == null ? 1 : topP,
          repetitionPenalty,
          seed);
    }
    String why = "does not go with --beams, which draws nothing: leave one of them out";
    refuseWith("--temperature", temperature, why);
    refuseWith("--top-k", topK, why);
    refuseWith("--top-p", topP, why);
    return new BeamSettings(beams, lengthPenalty == null ? 0 : lengthPenalty, repetitionPenalty);
  }

  private static void refuseWith(String option, Object value, String why) {
    if (value != null) {
      throw new IllegalArgumentException(option + " " + why);
    }
  }

  private List<String> prompts() {
    List<String> all = new ArrayList<>(prompts);
    if (promptFile != null) {
      try {
        byte[] bytes = BoundedFile.read(promptFile, MAX_PROMPT_FILE_BYTES);
        new String(bytes, StandardCharsets.UTF_8).lines().forEach(all::add);
      } catch (IOException e) {
        throw failed(
            promptFile + " cannot be read (" + e.getMessage() + "): check --prompt-file", e);
      }
    }
    int sequences = TextGenerator.MAX_SEQUENCES / (beams == null ? 1 : beams);
    if (all.isEmpty()) {
      throw new UserErrorException(
          UserErrorException.Kind.USAGE, "there is no prompt: give --prompt or --prompt-file");
    }
    Usage.requireRange("the number of prompts", all.size(), 1, sequences);
    return all;
  }
}
