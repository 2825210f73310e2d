package io.tributary.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.transformer.examples.ExampleSource;
import io.tributary.transformer.examples.Examples;
import io.tributary.transformer.examples.NextTokenExamples;
import io.tributary.transformer.examples.TextTokens;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BatchStreamTest {
  private final ExampleSource source =
      new NextTokenExamples(TextTokens.ofBytes(TinyModel.text(500)), 6, 0.1, 1);

  @Test
  void epochIsAPermutationOfItsExamples() {
    BatchStream stream = new BatchStream(source, 9);
    for (int epoch = 0; epoch < 2; epoch++) {
      List<String> drawn = draw(stream, source.trainingCount());
      List<String> inOrder = new ArrayList<>();
      Examples examples = source.training(9, epoch);
      for (int i = 0; i < examples.count(); i++) {
        TokenBatch batch = new TokenBatch(1, 6);
        examples.fill(i, batch, 0);
        inOrder.add(words(batch));
      }
      assertThat(drawn).containsExactlyInAnyOrderElementsOf(inOrder).isNotEqualTo(inOrder);
    }
  }

  @Test
  void sameSeedGivesTheSameBatchesAndAnotherDoesNot() {
    assertThat(draw(new BatchStream(source, 3), 200))
        .isEqualTo(draw(new BatchStream(source, 3), 200))
        .isNotEqualTo(draw(new BatchStream(source, 4), 200));
  }

  @Test
  void batchHoldsOnlyTheExamplesAskedFor() {
    TokenBatch batch = new TokenBatch(4, 6);
    new BatchStream(source, 9).fill(batch, 2);
    assertThat(batch.targetCount()).isEqualTo(12);
    assertThat(batch.target(12)).isEqualTo(TokenBatch.NO_TARGET);
  }

  @Test
  void textOfTwoBytesRepeatsItsOneWindow() {
    byte[] text = {'a', 'b'};
    BatchStream stream =
        new BatchStream(new NextTokenExamples(TextTokens.ofBytes(text), 6, 0, 1), 1);
    assertThat(draw(stream, 3)).containsOnly("97>98 ");
  }

  @Test
  void dataWithoutExamplesIsRefused() {
    ExampleSource nothing =
        new ExampleSource() {
          @Override
          public int contextLength() {
            return 6;
          }

          @Override
          public int trainingCount() {
            return 0;
          }

          @Override
          public Examples training(long seed, int epoch) {
            throw new AssertionError("nobody should ask");
          }

          @Override
          public Examples heldOut() {
            throw new AssertionError("nobody should ask");
          }

          @Override
          public long heldOutTargets() {
            return 0;
          }
        };
    assertThatThrownBy(() -> new BatchStream(nothing, 1))
        .hasMessageContaining("no training example");
  }

  private static List<String> draw(BatchStream stream, int count) {
    List<String> drawn = new ArrayList<>();
    TokenBatch batch = new TokenBatch(1, 6);
    for (int i = 0; i < count; i++) {
      stream.fill(batch, 1);
      drawn.add(words(batch));
    }
    return drawn;
  }

  private static String words(TokenBatch batch) {
    StringBuilder words = new StringBuilder();
    for (int row = 0; row < batch.rows(); row++) {
      if (batch.present(row)) {
        words.append(batch.input(row)).append('>').append(batch.target(row)).append(' ');
      }
    }
    return words.toString();
  }
}
