package io.tributary.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.model.TransformerConfig;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class TextGeneratorTest {
  private static final byte[] PROMPT = "To be".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] LONG_PROMPT = "Or not to be".getBytes(StandardCharsets.US_ASCII);

  @Test
  void greedyTextFollowsTheOracleBeyondTheContext() {
    TransformerConfig config = TinyModel.CONFIG;
    float[] parameters = TinyModel.weights(config, 4);
    NaiveTransformer oracle = new NaiveTransformer(config);
    StringBuilder text = new StringBuilder("Or not to be");
    for (int n = 0; n < 10; n++) {
      String seen = text.substring(text.length() - config.contextLength());
      double[][] logits = oracle.logits(TinyModel.doubles(parameters), seen.chars().toArray());
      double[] last = logits[logits.length - 1];
      int best = 0;
      for (int token = 1; token < last.length; token++) {
        best = last[token] > last[best] ? token : best;
      }
      text.append((char) best);
    }
    try (TextGenerator generator = new TextGenerator(config, parameters)) {
      byte[] generated = generator.generate(LONG_PROMPT, 10, new SamplingSettings(0, 256, 1));
      assertThat(new String(generated, StandardCharsets.ISO_8859_1))
          .isEqualTo(text.substring(LONG_PROMPT.length));
    }
  }

  @Test
  void sameSeedGivesTheSameTextAndAnotherDoesNot() {
    float[] parameters = TinyModel.weights(TinyModel.CONFIG, 4);
    try (TextGenerator generator = new TextGenerator(TinyModel.CONFIG, parameters)) {
      byte[] first = generator.generate(PROMPT, 40, new SamplingSettings(1, 256, 1));
      assertThat(first).hasSize(40);
      assertThat(generator.generate(PROMPT, 40, new SamplingSettings(1, 256, 1))).isEqualTo(first);
      assertThat(generator.generate(PROMPT, 40, new SamplingSettings(1, 256, 2)))
          .isNotEqualTo(first);
      assertThat(generator.generate(new byte[0], 3, new SamplingSettings(1, 5, 1))).hasSize(3);
      assertThat(generator.generate(PROMPT, 0, new SamplingSettings(1, 5, 1))).isEmpty();
      assertThatThrownBy(() -> generator.generate(PROMPT, -1, new SamplingSettings(1, 5, 1)))
          .hasMessageContaining("max-bytes is -1");
    }
  }
}
