package io.tributary.transformer;

import io.tributary.common.model.HeadRules;
import io.tributary.common.model.TextModelConfig;

/**
 * Judges the logits of a batch against its targets: adds up cross-entropy and right answers. Of a
 * model that predicts several next tokens only the next one counts, so that it compares with
 * others.
 */
final class AnswerJudge {
  private final int answers;
  private final int judgedSlots;
  private double nats;
  private long targets;
  private long right;
  private final ConfusionMatrix confusions; // of a classifier

  /** A judge of batches of B sequences. */
  AnswerJudge(TextModelConfig config, int sequences) {
    boolean classifier = config.head().kind() == HeadRules.Kind.CLASSIFICATION;
    this.confusions = classifier ? new ConfusionMatrix(config.head().classes()) : null;
    this.answers = classifier ? config.head().classes() : config.vocabularySize();
    this.judgedSlots = classifier ? sequences : sequences * config.contextLength();
  }

  /**
   * Adds a batch.
   *
   * @param logits (slots, answers), row-major
   */
  void add(float[] logits, TokenBatch batch) {
    for (int slot = 0; slot < judgedSlots; slot++) {
      if (batch.target(slot) != TokenBatch.NO_TARGET) {
        add(logits, slot * answers, batch.target(slot));
      }
    }
  }

  private void add(float[] logits, int from, int target) {
    if (target < 0 || target >= answers) {
      throw new IllegalArgumentException(
          "target " + target + " is none of the model's " + answers + " answers");
    }
    float largest = logits[from];
    for (int i = 1; i < answers; i++) {
      largest = Math.max(largest, logits[from + i]);
    }
    double sum = 0;
    for (int i = 0; i < answers; i++) {
      sum += Math.exp(logits[from + i] - largest);
    }
    nats += Math.log(sum) + largest - logits[from + target];
    targets++;
    right += isFirstOf(logits, from, target, largest) ? 1 : 0;
    if (confusions != null) {
      confusions.add(target, firstOf(logits, from, largest));
    }
  }

  /** The first of the largest answers; the last one if all are NaN. */
  private int firstOf(float[] logits, int from, float largest) {
    int answer = 0;
    while (answer < answers - 1 && logits[from + answer] != largest) {
      answer++;
    }
    return answer;
  }

  /** What a classifier took for what. */
  ConfusionMatrix confusions() {
    return confusions;
  }

  /** Whether an answer is the largest, the first of equals; NaN never is. */
  private static boolean isFirstOf(float[] logits, int from, int answer, float largest) {
    for (int i = 0; i < answer; i++) {
      if (logits[from + i] == largest) {
        return false;
      }
    }
    return logits[from + answer] == largest;
  }

  /** Targets so far. */
  long targets() {
    return targets;
  }

  /** All that was added. */
  Evaluation evaluation() {
    return new Evaluation(nats, targets, right);
  }
}
