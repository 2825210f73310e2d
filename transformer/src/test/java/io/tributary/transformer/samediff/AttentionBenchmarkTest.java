package io.tributary.transformer.samediff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.model.AttentionRules;
import io.tributary.transformer.samediff.AttentionBenchmark.Result;
import io.tributary.transformer.samediff.AttentionBenchmark.Sizes;
import org.junit.jupiter.api.Test;

class AttentionBenchmarkTest {

  @Test
  void tilesOfALongContextTakeAQuarterOfTheMemoryAtMost() {
    Sizes sizes = new Sizes(1, 4, 2048, 32, AttentionRules.MULTI_HEAD.tiled(128));
    Result result = AttentionBenchmark.run(sizes, 1, 1);
    assertThat(result.tiled().forwardBytes()).isLessThan(result.whole().forwardBytes() / 4);
    assertThat(result.tiled().trainingBytes()).isLessThan(result.whole().trainingBytes() / 4);
    assertThat(result.largestDifference()).isLessThan(1e-5);
    assertThat(result.largestGradientDifference()).isLessThan(1e-4);
    // The whole one's count is right: scores and their softmax, the mask, and what goes in and out.
    long square = 2048L * 2048;
    long ends = 4 * 4L * 2048 * 32;
    assertThat(result.whole().forwardBytes())
        .isBetween(4 * (2 * 4 * square + square + ends), 4 * (3 * 4 * square + square + 2 * ends));
  }

  @Test
  void sizesAreBounded() {
    AttentionRules tiles = AttentionRules.MULTI_HEAD.tiled(8);
    assertThatThrownBy(() -> new Sizes(1, 1, 0, 8, tiles)).hasMessageContaining("length is 0");
    assertThatThrownBy(() -> new Sizes(1, 1, 8, 8, AttentionRules.MULTI_HEAD))
        .hasMessageContaining("no tile length");
  }
}
