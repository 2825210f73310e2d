package io.tributary.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.tributary.common.model.HeadRules;
import io.tributary.common.model.Stack;
import io.tributary.common.model.TransformerConfig;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class AnswerJudgeTest {
  private static final TransformerConfig WORDS = new TransformerConfig(3, 4, 1, 1, 4, 2);

  @Test
  void addsUpNatsAndRightAnswersOfTargetsAlone() {
    TokenBatch batch = TokenBatch.of(WORDS, 2);
    batch.setTarget(0, 0, 2);
    batch.setTarget(1, 1, 0);
    float[] logits = {
      0, 0, (float) Math.log(2), // p(2) = 1/2: right
      9, 9, 9, // not asked for
      9, 9, 9,
      0, (float) Math.log(6), 0 // p(0) = 1/8: wrong
    };
    AnswerJudge judge = new AnswerJudge(WORDS, 2);
    judge.add(logits, batch);
    Evaluation evaluation = judge.evaluation();
    assertThat(evaluation.totalNats()).isCloseTo(Math.log(2) + Math.log(8), within(1e-6));
    assertThat(evaluation.targetCount()).isEqualTo(2);
    assertThat(evaluation.rightCount()).isEqualTo(1);
    assertThat(evaluation.accuracy()).isEqualTo(0.5);
    assertThat(evaluation.plus(evaluation).bitsPerTarget()).isCloseTo(2.0, within(1e-6));
  }

  @Test
  void aClassifierHasOneAnswerForEachSequence() {
    TransformerConfig config =
        WORDS
            .edit()
            .stack(Stack.ENCODER)
            .head(HeadRules.classification(2, HeadRules.Pooling.MEAN))
            .build();
    TokenBatch batch = TokenBatch.of(config, 2);
    batch.setLabel(1, 1);
    AnswerJudge judge = new AnswerJudge(config, 2);
    judge.add(new float[] {5, 5, 0, (float) Math.log(3)}, batch);
    assertThat(judge.evaluation().totalNats()).isCloseTo(Math.log(4 / 3.0), within(1e-6));
    assertThat(judge.targets()).isEqualTo(1);
  }

  @Test
  void ofSeveralPredictedTokensOnlyTheNextCounts() {
    TransformerConfig config = WORDS.edit().head(HeadRules.predicting(2)).build();
    TokenBatch batch = TokenBatch.of(config, 1);
    batch.setWindow(0, new int[] {0, 1, 2}, 0, 3);
    assertThat(batch.targetCount()).isEqualTo(3);
    AnswerJudge judge = new AnswerJudge(config, 1);
    judge.add(new float[12], batch);
    assertThat(judge.evaluation().targetCount()).isEqualTo(2);
    assertThat(judge.evaluation().totalNats()).isCloseTo(2 * Math.log(3), within(1e-9));
  }

  @Test
  void aModelOfNaNsIsNeverRightAndATargetBeyondTheVocabularyIsRefused() {
    TokenBatch batch = TokenBatch.of(WORDS, 1);
    batch.setTarget(0, 0, 0);
    AnswerJudge judge = new AnswerJudge(WORDS, 1);
    float[] nothing = new float[6];
    Arrays.fill(nothing, Float.NaN);
    judge.add(nothing, batch);
    assertThat(judge.evaluation().totalNats()).isNaN();
    assertThat(judge.evaluation().rightCount()).isZero();
    batch.setTarget(0, 0, 3);
    assertThatThrownBy(() -> judge.add(nothing, batch))
        .hasMessageContaining("target 3 is none of the model's 3 answers");
  }
}
