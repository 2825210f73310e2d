package io.tributary.cli.bench;

import io.tributary.common.config.UserErrorException;
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
  private static final long LONGEST_MINUTES = 10;
  private static final List<String> PYTHONS =
      List.of("/usr/bin/python3", "/usr/local/bin/python3", "/opt/homebrew/bin/python3");

  private final List<String> command;

  private PyTorchPeer(List<String> command) {
    this.command = List.copyOf(command);
  }

  /**
   * Finds a Python that has torch, for {@code bench train}.
   *
   * @throws UserErrorException if there is none
   */
  public static PyTorchPeer find(
      Path distribution, TransformerConfig config, int batch, int threads, int steps)
      throws IOException, InterruptedException {
    return find(distribution, "pytorch_step.py", config, batch, threads, steps);
  }

  /**
   * Finds a Python that has torch, for {@code bench decode}.
   *
   * @throws UserErrorException if there is none
   */
  public static PyTorchPeer findDecoder(
      Path distribution, TransformerConfig config, int tokens, int threads)
      throws IOException, InterruptedException {
    return find(distribution, "pytorch_decode.py", config, tokens, threads);
  }

  private static PyTorchPeer find(
      Path distribution, String script, TransformerConfig config, Integer... rest)
      throws IOException, InterruptedException {
    for (String python : PYTHONS) {
      if (Files.isExecutable(Path.of(python)) && hasTorch(python)) {
        List<String> command = new ArrayList<>();
        command.add(python);
        command.add(distribution.resolve("bench").resolve(script).toString());
        Stream.concat(
                Stream.of(
                    config.vocabularySize(),
                    config.width(),
                    config.layers(),
                    config.heads(),
                    config.feedForwardWidth(),
                    config.contextLength()),
                Stream.of(rest))
            .map(String::valueOf)
            .forEach(command::add);
        return new PyTorchPeer(command);
      }
    }
    throw failed(
        "--peer needs a python3 that can import torch (on Debian: apt-get install python3-torch);"
            + " looked at "
            + String.join(", ", PYTHONS));
  }

  private static boolean hasTorch(String python) throws IOException, InterruptedException {
    return run(List.of(python, "-c", "import torch")).exitCode == 0;
  }

  /** Runs the script once: the median step of {@code bench train}. */
  public double stepMillisMedian() throws IOException, InterruptedException {
    return answer();
  }

  /** Runs the script once: the median rate of {@code bench decode}. */
  public double tokensPerSecond() throws IOException, InterruptedException {
    return answer();
  }

  private double answer() throws IOException, InterruptedException {
    Ran ran = run(command);
    try {
      return Double.parseDouble(ran.lastLine);
    } catch (NumberFormatException e) {
      throw failed("PyTorch failed: " + ran.lastLine);
    }
  }

  private record Ran(int exitCode, String lastLine) {}

  private static Ran run(List<String> command) throws IOException, InterruptedException {
    Path output = Files.createTempFile("tributary-peer-", ".log");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
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
