package io.tributary.transformer.decode;

import io.tributary.common.random.CounterRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The loop that draws a token for every sequence and steps the engine, until all texts ended. */
final class Sampling {
  private final DecodingEngine engine;
  private final TokenText vocabulary;
  private final GenerationSettings settings;
  private final SamplingSettings sampling;
  private final GenerationListener listener;

  Sampling(
      DecodingEngine engine,
      TokenText vocabulary,
      GenerationSettings settings,
      SamplingSettings sampling,
      GenerationListener listener) {
    this.engine = engine;
    this.vocabulary = vocabulary;
    this.settings = settings;
    this.sampling = sampling;
    this.listener = listener;
  }

  /** One sequence: how it is drawn, what it has become, what the listener knows of it. */
  private final class Sequence {
    private final int index;
    private final TokenSampler sampler;
    private final GrowingText text;
    private final CharacterStream characters = new CharacterStream();
    private int told;

    Sequence(int index, int[] prompt, CounterRandom random) {
      this.index = index;
      this.text = new GrowingText(vocabulary, settings, prompt);
      this.sampler = new TokenSampler(sampling, prompt, vocabulary.tokens(), random);
    }

    /** Takes the next token; gives it to the engine unless the text has ended. */
    int advance(float[] logits) {
      if (text.ending().isPresent()) {
        return DecodingEngine.IDLE;
      }
      int token = sampler.draw(logits, index * engine.vocabularySize());
      text.append(token);
      String piece = text.settled(characters, told);
      told = text.settledBytes();
      if (!piece.isEmpty()) {
        listener.grown(index, piece);
      }
      return text.ending().isPresent() ? DecodingEngine.IDLE : token;
    }
  }

  List<GeneratedText> run(int[][] prompts) {
    List<Sequence> sequences = new ArrayList<>();
    Map<List<Integer>, Integer> occurrences = new HashMap<>();
    for (int s = 0; s < prompts.length; s++) {
      int occurrence =
          occurrences.merge(Arrays.stream(prompts[s]).boxed().toList(), 1, Integer::sum);
      sequences.add(new Sequence(s, prompts[s], stream(prompts[s], occurrence)));
    }
    float[] logits = engine.prefill(prompts);
    int[] tokens = new int[prompts.length];
    while (true) {
      boolean open = false;
      for (int s = 0; s < tokens.length; s++) {
        tokens[s] = sequences.get(s).advance(logits);
        open |= tokens[s] != DecodingEngine.IDLE;
      }
      if (!open) {
        return sequences.stream().map(sequence -> sequence.text.finished()).toList();
      }
      logits = engine.step(tokens);
    }
  }

  /** A stream of the prompt's own; a prompt given several times gets as many different texts. */
  private CounterRandom stream(int[] prompt, int occurrence) {
    long[] parts = new long[prompt.length + 1];
    for (int i = 0; i < prompt.length; i++) {
      parts[i] = prompt[i];
    }
    parts[prompt.length] = occurrence;
    return new CounterRandom(CounterRandom.deriveSeed(sampling.seed(), parts), "sampling");
  }
}
