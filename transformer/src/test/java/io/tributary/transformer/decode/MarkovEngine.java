package io.tributary.transformer.decode;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A hand-made model: the next token's logits depend on the last token alone. */
final class MarkovEngine implements DecodingEngine {
  private final float[][] logits;
  private final List<List<Integer>> histories = new ArrayList<>();
  private int steps;

  /**
   * A model by its transitions.
   *
   * @param logits by last token, then by next token
   */
  MarkovEngine(int sequences, float[][] logits) {
    this.logits = logits;
    for (int s = 0; s < sequences; s++) {
      histories.add(new ArrayList<>());
    }
  }

  /** Logits of a matrix of probabilities. */
  static float[][] logarithms(double[][] probabilities) {
    return Arrays.stream(probabilities)
        .map(
            row -> {
              float[] logs = new float[row.length];
              for (int i = 0; i < row.length; i++) {
                logs[i] = (float) Math.log(row[i]);
              }
              return logs;
            })
        .toArray(float[][]::new);
  }

  /** Steps since the prompts. */
  int steps() {
    return steps;
  }

  /** Tokens of a sequence, prompt included. */
  List<Integer> history(int sequence) {
    return List.copyOf(histories.get(sequence));
  }

  @Override
  public int sequences() {
    return histories.size();
  }

  @Override
  public int vocabularySize() {
    return logits[0].length;
  }

  @Override
  public int contextLength() {
    return Integer.MAX_VALUE;
  }

  @Override
  public void encode(int[][] sources) {
    throw new IllegalArgumentException("a Markov chain has no source");
  }

  @Override
  public float[] prefill(int[][] prompts) {
    steps = 0;
    for (int s = 0; s < prompts.length; s++) {
      histories.set(s, new ArrayList<>(Arrays.stream(prompts[s]).boxed().toList()));
    }
    return next();
  }

  @Override
  public float[] step(int[] tokens) {
    steps++;
    for (int s = 0; s < tokens.length; s++) {
      if (tokens[s] != IDLE) {
        histories.get(s).add(tokens[s]);
      }
    }
    return next();
  }

  private float[] next() {
    float[] row = new float[sequences() * vocabularySize()];
    for (int s = 0; s < sequences(); s++) {
      List<Integer> history = histories.get(s);
      System.arraycopy(
          logits[history.get(history.size() - 1)], 0, row, s * vocabularySize(), vocabularySize());
    }
    return row;
  }

  @Override
  public void reorder(int[] parents) {
    List<List<Integer>> old = new ArrayList<>(histories);
    for (int s = 0; s < parents.length; s++) {
      histories.set(s, new ArrayList<>(old.get(parents[s])));
    }
  }

  @Override
  public long cacheBytes() {
    return 0;
  }

  @Override
  public void close() {}
}
