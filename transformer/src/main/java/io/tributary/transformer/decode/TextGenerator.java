package io.tributary.transformer.decode;

import io.tributary.common.model.Stack;
import io.tributary.common.model.TextModelConfig;
import java.util.List;

/**
 * Continues texts with a model: the one door to decoding.
 *
 * <pre>
 *   prompts → TokenText → DecodingEngine → logits → TokenSampler or BeamSearch
 *                              ↑                          │ token
 *                              └──────────────────────────┴→ GrowingText → listener, result
 * </pre>
 *
 * <p>Holds no native memory: engines live as long as a call.
 */
public final class TextGenerator {
  /** Most sequences that are continued side by side: prompts times beams. */
  public static final int MAX_SEQUENCES = 1024;

  private final TextModelConfig config;
  private final float[] parameters;
  private final TokenText vocabulary;
  private final DecodingEngine.Factory engines;

  /**
   * A generator for one model.
   *
   * @param parameters flat vector in layout order; copied
   * @param vocabulary what the tokens stand for
   * @throws IllegalArgumentException if the model does not predict next tokens
   */
  public TextGenerator(
      TextModelConfig config,
      float[] parameters,
      TokenText vocabulary,
      DecodingEngine.Factory engines) {
    ModelParameters.requireGenerative(config);
    ModelParameters.requireCount(config, parameters);
    this.config = config;
    this.parameters = parameters.clone();
    this.vocabulary = vocabulary;
    this.engines = engines;
  }

  /**
   * What came of a call.
   *
   * @param texts by prompt
   * @param cacheBytes memory that the engine kept for past positions
   */
  public record Generation(List<GeneratedText> texts, long cacheBytes) {
    /** Copies the texts. */
    public Generation {
      texts = List.copyOf(texts);
    }
  }

  /**
   * Continues prompts side by side. A prompt's text depends on the prompt and the seed, not on what
   * else is in the batch.
   *
   * @param prompts one or more
   * @param listener gets the texts as they grow; with beam search, when they are finished
   */
  public Generation generate(
      List<String> prompts, GenerationSettings settings, GenerationListener listener) {
    int beams = settings.choice() instanceof BeamSettings beam ? beam.width() : 1;
    if (prompts.isEmpty() || (long) prompts.size() * beams > MAX_SEQUENCES) {
      throw new IllegalArgumentException(
          "prompts times beams is "
              + (long) prompts.size() * beams
              + ": it must be between 1 and "
              + MAX_SEQUENCES);
    }
    boolean reads = config.stack() == Stack.ENCODER_DECODER;
    int[][] tokens =
        prompts.stream()
            .map(prompt -> reads ? vocabulary.start() : vocabulary.prompt(prompt))
            .toArray(int[][]::new);
    try (DecodingEngine engine = engines.open(config, parameters, tokens.length * beams)) {
      if (reads) {
        int[][] sources = prompts.stream().map(vocabulary::source).toArray(int[][]::new);
        engine.encode(BeamSearch.repeat(sources, beams));
      }
      List<GeneratedText> texts;
      if (settings.choice() instanceof SamplingSettings sampling) {
        texts = new Sampling(engine, vocabulary, settings, sampling, listener).run(tokens);
      } else {
        texts = new BeamSearch(engine, vocabulary, settings).run(tokens);
        for (int p = 0; p < texts.size(); p++) {
          if (!texts.get(p).text().isEmpty()) {
            listener.grown(p, texts.get(p).text());
          }
        }
      }
      return new Generation(texts, engine.cacheBytes());
    }
  }
}
