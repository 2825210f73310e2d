package io.tributary.transformer.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.tributary.common.model.Stack;
import io.tributary.common.model.TransformerConfig;
import io.tributary.transformer.TokenBatch;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class InfillingExamplesTest {
  private static byte[] text(int length) {
    byte[] text = new byte[length];
    for (int i = 0; i < length; i++) {
      text[i] = (byte) (1 + i % 97);
    }
    return text;
  }

  private static TokenBatch batch(int length) {
    return TokenBatch.of(
        new TransformerConfig(256, 4, 1, 1, 4, length).edit().stack(Stack.ENCODER_DECODER).build(),
        1);
  }

  private static List<Integer> source(TokenBatch batch) {
    List<Integer> tokens = new ArrayList<>();
    for (int row = 0; row < batch.rows() && batch.sourcePresent(row); row++) {
      tokens.add(batch.source(row));
    }
    return tokens;
  }

  private static List<Integer> targets(TokenBatch batch) {
    List<Integer> tokens = new ArrayList<>();
    for (int row = 0; row < batch.rows() && batch.target(row) != TokenBatch.NO_TARGET; row++) {
      tokens.add(batch.target(row));
    }
    return tokens;
  }

  /** Puts the spans of a decoder's text back where their sentinels stand in the source. */
  private static List<Integer> restored(TokenBatch batch) {
    List<Integer> text = new ArrayList<>();
    List<Integer> written = targets(batch);
    for (int token : source(batch)) {
      if (token < 0xF8) {
        text.add(token);
        continue;
      }
      int at = written.indexOf(token) + 1;
      while (written.get(at) < 0xF8 && written.get(at) != 0xC1) {
        text.add(written.get(at++));
      }
    }
    return text;
  }

  @Property(tries = 300)
  void sourceAndTextTogetherAreTheWindow(
      @ForAll @IntRange(min = 8, max = 200) int context,
      @ForAll @IntRange(min = 2, max = 900) int length,
      @ForAll @DoubleRange(min = 0.01, max = 0.5) double share,
      @ForAll long seed) {
    InfillingExamples source =
        new InfillingExamples(
            TextTokens.ofBytes(text(length)), TokenMarks.BYTES, context, share, 0.1, seed);
    for (Examples examples : List.of(source.training(seed, 0), source.heldOut())) {
      for (int i = 0; i < examples.count(); i++) {
        TokenBatch batch = batch(context);
        examples.fill(i, batch, 0);
        List<Integer> restored = restored(batch);
        assertThat(restored).hasSizeBetween(2, context);
        for (int at = 1; at < restored.size(); at++) {
          assertThat(restored.get(at)).isEqualTo(1 + restored.get(at - 1) % 97);
        }
        List<Integer> written = targets(batch);
        assertThat(written.get(written.size() - 1)).isEqualTo(0xC1);
        assertThat(batch.targetCount()).as("no target behind the end").isEqualTo(written.size());
        // Teacher forcing: what is written is read one place later, after the beginning.
        assertThat(batch.input(0)).isEqualTo(0xC0);
        for (int row = 1; row < written.size(); row++) {
          assertThat(batch.input(row)).isEqualTo(written.get(row - 1));
          assertThat(batch.present(row)).isTrue();
        }
        assertThat(written.size() == context || !batch.present(written.size())).isTrue();
      }
    }
  }

  @Test
  void spansHaveThreeTokensOnAverageUnlessSentinelsRunOut() {
    assertThat(meanSpan(64)).isCloseTo(10 / 3.0, within(1e-9));
    assertThat(meanSpan(1024)).isCloseTo(154 / 7.0, within(1e-9));
  }

  private static double meanSpan(int context) {
    InfillingExamples source =
        new InfillingExamples(
            TextTokens.ofBytes(text(20_000)), TokenMarks.BYTES, context, 0.15, 0.1, 1);
    TokenBatch batch = batch(context);
    source.training(1, 0).fill(0, batch, 0);
    List<Integer> written = targets(batch);
    long spans = written.stream().filter(token -> token >= 0xF8).count();
    return (written.size() - 1 - spans) / (double) spans;
  }

  @Test
  void heldOutTargetsAreCountedWithoutMakingThem() {
    InfillingExamples source =
        new InfillingExamples(TextTokens.ofBytes(text(5_000)), TokenMarks.BYTES, 40, 0.15, 0.2, 1);
    long targets = 0;
    for (int i = 0; i < source.heldOut().count(); i++) {
      TokenBatch batch = batch(40);
      source.heldOut().fill(i, batch, 0);
      targets += batch.targetCount();
    }
    assertThat(source.heldOutTargets()).isEqualTo(targets).isPositive();
  }

  @Test
  void aTokenizerWithoutSentinelsIsRefused() {
    TokenMarks none = new TokenMarks(1000, 5, 6, 7, -1, 0, new int[0], new int[0]);
    assertThatThrownBy(
            () -> new InfillingExamples(TextTokens.ofIds(new int[99]), none, 16, 0.1, 0.1, 1))
        .hasMessageContaining("no sentinels")
        .hasMessageContaining("tokenizer bytes");
  }
}
