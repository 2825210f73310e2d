package io.tributary.cli.bench;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.model.FeedForwardRules;
import io.tributary.common.model.HeadRules;
import io.tributary.common.model.NormRules;
import io.tributary.common.model.Stack;
import io.tributary.common.model.TransformerConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The same training step, or decoding, in PyTorch, run in a process of its own by a script of ours,
 * so that a ratio and not a bare time can be quoted.
 */
public final class PyTorchPeer {
  private static final String GPT = "gpt";
  private static final String BERT = "bert";
  private static final long LONGEST_MINUTES = 10;
  private static final List<String> PYTHONS =
      List.of("/usr/bin/python3", "/usr/local/bin/python3", "/opt/homebrew/bin/python3");

  /** A faster malloc, which PyTorch's own guide to CPUs asks for; used if it is installed. */
  private static final List<String> ALLOCATORS =
      List.of(
          "/usr/lib/x86_64-linux-gnu/libtcmalloc_minimal.so.4",
          "/usr/lib/aarch64-linux-gnu/libtcmalloc_minimal.so.4");

  private final List<String> command;

  private PyTorchPeer(List<String> command) {
    this.command = List.copyOf(command);
  }

  /**
   * Finds a Python that has torch, for {@code bench train}.
   *
   * @throws UserErrorException if there is none, or our script does not know the model
   */
  public static PyTorchPeer find(
      Path distribution, TransformerConfig config, int batch, int threads, int steps)
      throws IOException, InterruptedException {
    String kind = kind(config);
    int classes = kind.equals(BERT) ? config.head().classes() : 0;
    return find(
        distribution.resolve("bench").resolve("pytorch_step.py"),
        Stream.concat(Stream.of(kind), words(config, batch, threads, steps, classes)));
  }

  /**
   * Finds a Python that has torch, for {@code bench decode}.
   *
   * @throws UserErrorException if there is none, or our script does not know the model
   */
  public static PyTorchPeer findDecoder(
      Path distribution, TransformerConfig config, int tokens, int threads)
      throws IOException, InterruptedException {
    if (!kind(config).equals(GPT)) {
      throw failed("--peer decodes GPT-2's decoders (gpt-tiny, gpt-small), not this model");
    }
    return find(
        distribution.resolve("bench").resolve("pytorch_decode.py"), words(config, tokens, threads));
  }

  /** The sizes of a model and some numbers more. */
  private static Stream<String> words(TransformerConfig config, Integer... more) {
    Stream<Integer> sizes =
        Stream.of(
            config.vocabularySize(),
            config.width(),
            config.layers(),
            config.heads(),
            config.feedForwardWidth(),
            config.contextLength());
    return Stream.concat(sizes, Stream.of(more)).map(String::valueOf);
  }

  private static PyTorchPeer find(Path script, Stream<String> words)
      throws IOException, InterruptedException {
    for (String python : PYTHONS) {
      if (Files.isExecutable(Path.of(python)) && hasTorch(python)) {
        List<String> command = new ArrayList<>();
        command.add(python);
        command.add(script.toString());
        words.forEach(command::add);
        return new PyTorchPeer(command);
      }
    }
    throw failed(
        "--peer needs a python3 that can import torch (on Debian: apt-get install python3-torch);"
            + " looked at "
            + String.join(", ", PYTHONS));
  }

  /** Which of the script's two models this is. */
  private static String kind(TransformerConfig config) {
    TransformerConfig gpt =
        new TransformerConfig(
            config.vocabularySize(),
            config.width(),
            config.layers(),
            config.heads(),
            config.feedForwardWidth(),
            config.contextLength());
    if (config.equals(gpt)) {
      return GPT;
    }
    boolean classifies = config.head().kind() == HeadRules.Kind.CLASSIFICATION;
    TransformerConfig bert =
        gpt.edit()
            .stack(Stack.ENCODER)
            .norm(new NormRules(NormRules.Kind.LAYER_NORM, NormRules.Place.AFTER, 1e-12))
            .feedForward(FeedForwardRules.of(FeedForwardRules.Kind.GELU_ERF))
            .head(config.head())
            .tokenizer(config.tokenizer())
            .build();
    if (classifies && config.equals(bert)) {
      return BERT;
    }
    throw failed(
        "--peer knows GPT-2's decoders (gpt-tiny, gpt-small) and BERT's classifiers (bert-minilm"
            + " with --classes), not this model");
  }

  private static boolean hasTorch(String python) throws IOException, InterruptedException {
    return run(List.of(python, "-c", "import torch")).exitCode == 0;
  }

  /**
   * A training step's cost.
   *
   * @param millis median time by the clock
   * @param processorMillis mean processor time of the whole process
   */
  public record Step(double millis, double processorMillis) {
    /** The mean of two. */
    public Step meanWith(Step other) {
      return new Step((millis + other.millis) / 2, (processorMillis + other.processorMillis) / 2);
    }
  }

  /** Runs the script once: a step of {@code bench train}. */
  public Step step() throws IOException, InterruptedException {
    double[] numbers = answer(2);
    return new Step(numbers[0], numbers[1]);
  }

  /** Runs the script once: the median rate of {@code bench decode}. */
  public double tokensPerSecond() throws IOException, InterruptedException {
    return answer(1)[0];
  }

  private double[] answer(int count) throws IOException, InterruptedException {
    Ran ran = run(command);
    try {
      double[] numbers =
          Stream.of(ran.lastLine.split(" ", -1)).mapToDouble(Double::parseDouble).toArray();
      if (numbers.length == count) {
        return numbers;
      }
    } catch (NumberFormatException e) {
      throw failed("PyTorch failed: " + ran.lastLine);
    }
    throw failed("PyTorch failed: " + ran.lastLine);
  }

  private record Ran(int exitCode, String lastLine) {}

  private static Ran run(List<String> command) throws IOException, InterruptedException {
    Path output = Files.createTempFile("tributary-peer-", ".log");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    ALLOCATORS.stream()
        .filter(library -> Files.isReadable(Path.of(library)))
        .findFirst()
        .ifPresent(library -> builder.environment().put("LD_PRELOAD", library));
    Process process = builder.start();
    try {
      if (!process.waitFor(LONGEST_MINUTES, TimeUnit.MINUTES)) {
        throw failed(command.get(0) + " did not end within " + LONGEST_MINUTES + " minutes");
      }
      List<String> lines = Files.readAllLines(output, StandardCharsets.UTF_8);
      return new Ran(process.exitValue(), lines.isEmpty() ? "" : lines.get(lines.size() - 1));
    } finally {
      process.destroyForcibly();
      Files.deleteIfExists(output);
    }
  }

  private static UserErrorException failed(String message) {
    return new UserErrorException(UserErrorException.Kind.FAILED, message);
  }
}
