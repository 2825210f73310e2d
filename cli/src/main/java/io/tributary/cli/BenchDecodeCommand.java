package io.tributary.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tributary.cli.bench.PyTorchPeer;
import io.tributary.common.model.TransformerConfig;
import io.tributary.transformer.decode.DecodingBenchmark;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code bench decode}: what the cache of keys and values is worth. */
@Command(
    name = "decode",
    description =
        "Time greedy decoding of one text at the end of a full context, with and without the cache"
            + " of keys and values.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Example, beside PyTorch where python3-torch is installed:",
      "  tributary bench decode --preset gpt-tiny --vocab 96 --context 256 --peer"
    })
final class BenchDecodeCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--preset", description = "Model. Default: ${DEFAULT-VALUE}.")
  private String preset = "gpt-tiny";

  @Option(names = "--vocab", description = "Vocabulary size. Default: the preset's.")
  private Integer vocabulary;

  @Option(names = "--context", description = "Tokens seen. Default: ${DEFAULT-VALUE}.")
  private int context = 256;

  @Option(
      names = "--tokens",
      description = "Generated in a round; the prompt is the rest. Default: ${DEFAULT-VALUE}.")
  private int tokens = 128;

  @Option(names = "--threads", description = "Of the maths library. Default: ${DEFAULT-VALUE}.")
  private int threads = 1;

  @Option(
      names = "--peer",
      description = "Also time PyTorch (python3 with torch), before and after; GPT presets only.")
  private boolean peer;

  @Option(
      names = "--output",
      description = "text, or json: one object as the last line. Default: ${DEFAULT-VALUE}.")
  private OutputFormat output = OutputFormat.TEXT;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Usage.requireRange("--context", context, 2, TransformerConfig.MAX_SIZE);
    Usage.requireRange("--tokens", tokens, 1, context - 1);
    Usage.requireRange("--threads", threads, 1, 1024);
    TransformerConfig config = Usage.checked(this::config);
    PyTorchPeer pyTorch =
        peer ? PyTorchPeer.findDecoder(Distribution.path(), config, tokens, threads) : null;
    double before = peer ? pyTorch.tokensPerSecond() : 0;
    DecodingBenchmark.Result result =
        Usage.checked(() -> DecodingBenchmark.run(config, threads, tokens));
    double peerRate = peer ? (before + pyTorch.tokensPerSecond()) / 2 : 0;
    print(result, peerRate);
    return 0;
  }

  private TransformerConfig config() {
    TransformerConfig config =
        TransformerConfig.preset(preset).edit().contextLength(context).build();
    if (peer && !config.equals(plain(config))) {
      throw new IllegalArgumentException(
          "--peer knows the GPT presets only, and " + preset + " is none");
    }
    return vocabulary == null ? config : config.withVocabularySize(vocabulary);
  }

  /** The model that PyTorch's script has, in the same sizes. */
  private static TransformerConfig plain(TransformerConfig config) {
    return new TransformerConfig(
        config.vocabularySize(),
        config.width(),
        config.layers(),
        config.heads(),
        config.feedForwardWidth(),
        config.contextLength());
  }

  private void print(DecodingBenchmark.Result result, double peerRate)
      throws JsonProcessingException {
    PrintWriter out = spec.commandLine().getOut();
    if (output == OutputFormat.JSON) {
      ObjectMapper mapper = new ObjectMapper();
      ObjectNode json = mapper.valueToTree(result);
      json.put("cachedToUncached", result.cachedToUncached());
      if (peer) {
        json.put("peerTokensPerSecond", peerRate);
        json.put("ratioToPeer", result.cachedTokensPerSecond() / peerRate);
      }
      out.println(mapper.writeValueAsString(json));
    } else {
      out.printf(
          Locale.ROOT,
          "%s: %,d parameters, context %d, %d thread(s), %d tokens a round%n",
          preset,
          result.parameterCount(),
          result.contextLength(),
          result.threads(),
          result.tokens());
      out.printf(
          Locale.ROOT,
          "cached %,.0f tokens/s (median; %,.0f to %,.0f), uncached %,.1f: %.1f times%n",
          result.cachedTokensPerSecond(),
          result.cachedTokensPerSecondMin(),
          result.cachedTokensPerSecondMax(),
          result.uncachedTokensPerSecond(),
          result.cachedToUncached());
      out.printf(
          Locale.ROOT,
          "prompt of %d tokens read in %.1f ms; cache %,d bytes; peak resident %.0f MB%n",
          result.contextLength() - result.tokens(),
          result.prefillMillis(),
          result.cacheBytes(),
          result.peakResidentBytes() / 1e6);
      if (peer) {
        out.printf(
            Locale.ROOT,
            "PyTorch, cached, same threads, before and after: %,.0f tokens/s; ours is %.2f times"
                + " that%n",
            peerRate,
            result.cachedTokensPerSecond() / peerRate);
      }
    }
    out.flush();
  }
}
