package io.tributary.transformer.decode;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Beam search over a batch of prompts (the form of Sutskever et al., 2014: a finished text leaves
 * the beam and takes its place with it, so that a beam of one is greedy decoding).
 *
 * <p>Prompt p owns the engine's sequences from p · width on. Texts of several prompts do not touch
 * each other.
 */
final class BeamSearch {
  private final DecodingEngine engine;
  private final TokenText vocabulary;
  private final GenerationSettings settings;
  private final BeamSettings beam;

  /**
   * A search on an engine with (prompts · width) sequences.
   *
   * @param settings whose choice is a {@link BeamSettings}
   */
  BeamSearch(DecodingEngine engine, TokenText vocabulary, GenerationSettings settings) {
    this.engine = engine;
    this.vocabulary = vocabulary;
    this.settings = settings;
    this.beam = (BeamSettings) settings.choice();
  }

  /** An unfinished text; the engine's sequence of the same place holds its tokens. */
  private record Hypothesis(
      int sequence, GrowingText text, SeenTokens seen, double logProbability) {}

  /** A hypothesis with one more token. */
  private record Candidate(Hypothesis parent, int token, double logProbability) {}

  private record Finished(GrowingText text, double rating) {}

  /** The beam of one prompt. */
  private final class Beam {
    private final int first;
    private List<Hypothesis> live;
    private final List<Finished> finished = new ArrayList<>();

    Beam(int first, int[] prompt) {
      this.first = first;
      // All sequences hold the prompt alone: one of them stands for all.
      this.live =
          List.of(
              new Hypothesis(
                  first,
                  new GrowingText(vocabulary, settings, prompt),
                  new SeenTokens(beam.repetitionPenalty(), prompt),
                  0));
    }

    /** Grows each text by a token; says which sequence continues which, and by what. */
    void advance(float[] logits, int[] parents, int[] tokens) {
      List<Candidate> candidates = new ArrayList<>();
      int room = beam.width() - finished.size();
      for (Hypothesis hypothesis : live) {
        candidates.addAll(likeliest(hypothesis, logits, room));
      }
      // A stable sort: of equal ones, the earlier hypothesis and then the lower token comes first.
      candidates.sort(Comparator.comparingDouble(Candidate::logProbability).reversed());
      List<Hypothesis> next = new ArrayList<>();
      for (Candidate candidate : candidates.subList(0, Math.min(room, candidates.size()))) {
        GrowingText text = candidate.parent().text().with(candidate.token());
        if (text.ending().isPresent()) {
          finished.add(
              new Finished(text, beam.rating(candidate.logProbability(), text.tokenCount())));
        } else {
          int sequence = first + next.size();
          parents[sequence] = candidate.parent().sequence();
          tokens[sequence] = candidate.token();
          SeenTokens seen = candidate.parent().seen().copy();
          seen.add(candidate.token());
          next.add(new Hypothesis(sequence, text, seen, candidate.logProbability()));
        }
      }
      live = next;
    }

    private List<Candidate> likeliest(Hypothesis hypothesis, float[] logits, int count) {
      float[] row = new float[vocabulary.tokens()];
      hypothesis.seen().penalise(logits, hypothesis.sequence() * engine.vocabularySize(), row);
      long[] order = TokenOrder.sorted(row);
      double largest = row[TokenOrder.token(order[0])];
      double sum = 0;
      for (float logit : row) {
        sum += Math.exp(logit - largest);
      }
      double logSum = Math.log(sum) + largest;
      List<Candidate> candidates = new ArrayList<>();
      for (int i = 0; i < Math.min(count, order.length); i++) {
        int token = TokenOrder.token(order[i]);
        candidates.add(
            new Candidate(hypothesis, token, hypothesis.logProbability() + row[token] - logSum));
      }
      return candidates;
    }

    GeneratedText best() {
      Finished best = finished.get(0);
      for (Finished other : finished) {
        best = other.rating() > best.rating() ? other : best;
      }
      return best.text().finished();
    }
  }

  /** Each of some texts {@code times} times, side by side. */
  static int[][] repeat(int[][] texts, int times) {
    int[][] copies = new int[texts.length * times][];
    for (int i = 0; i < copies.length; i++) {
      copies[i] = texts[i / times];
    }
    return copies;
  }

  List<GeneratedText> run(int[][] prompts) {
    int[][] copies = repeat(prompts, beam.width());
    List<Beam> beams = new ArrayList<>();
    for (int p = 0; p < prompts.length; p++) {
      beams.add(new Beam(p * beam.width(), prompts[p]));
    }
    float[] logits = engine.prefill(copies);
    int[] parents = new int[copies.length];
    int[] tokens = new int[copies.length];
    while (true) {
      for (int s = 0; s < copies.length; s++) {
        parents[s] = s;
        tokens[s] = DecodingEngine.IDLE;
      }
      boolean open = false;
      for (Beam each : beams) {
        each.advance(logits, parents, tokens);
        open |= !each.live.isEmpty();
      }
      if (!open) {
        return beams.stream().map(Beam::best).toList();
      }
      engine.reorder(parents);
      logits = engine.step(tokens);
    }
  }
}
