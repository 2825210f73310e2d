package io.tributary.transformer.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.model.InitialWeights;
import io.tributary.common.model.RecurrentConfig;
import io.tributary.common.model.Stack;
import io.tributary.common.model.TextModelConfig;
import io.tributary.common.model.TransformerConfig;
import io.tributary.transformer.NaiveTransformer;
import io.tributary.transformer.TinyModel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class TextGeneratorTest {
  private static final TransformerConfig CONFIG = TinyModel.CONFIG;
  private static final float[] PARAMETERS = TinyModel.weights(CONFIG, 4);

  @Test
  void greedyTextFollowsTheOracleBeyondTheContext() {
    NaiveTransformer oracle = new NaiveTransformer(CONFIG);
    List<Integer> seen = new ArrayList<>("not to be".chars().skip(3).boxed().toList());
    List<Integer> expected = new ArrayList<>();
    while (expected.size() < 10) {
      double[][] logits =
          oracle.logits(
              TinyModel.doubles(PARAMETERS), seen.stream().mapToInt(Integer::intValue).toArray());
      double[] last = logits[logits.length - 1];
      int best = 0;
      for (int token = 1; token < last.length; token++) {
        best = last[token] > last[best] ? token : best;
      }
      expected.add(best);
      seen.add(best);
      if (seen.size() > CONFIG.contextLength()) {
        seen = new ArrayList<>(seen.subList(seen.size() - 3, seen.size()));
      }
    }
    assertThat(generate(List.of("not to be"), SamplingSettings.greedy(), 10).get(0).tokens())
        .isEqualTo(expected);
  }

  @Test
  void sameSeedGivesTheSameTextAndAnotherDoesNot() {
    List<GeneratedText> first =
        generate(List.of("To be", "Or not"), SamplingSettings.of(1, 256, 1), 40);
    assertThat(generate(List.of("To be", "Or not"), SamplingSettings.of(1, 256, 1), 40))
        .isEqualTo(first);
    assertThat(generate(List.of("To be", "Or not"), SamplingSettings.of(1, 256, 2), 40))
        .doesNotContainAnyElementsOf(first);
    assertThat(generate(List.of(""), SamplingSettings.of(1, 5, 1), 3).get(0).tokens()).hasSize(3);
  }

  @Test
  void beamSearchRunsOnTheModel() {
    List<String> heard = new ArrayList<>();
    TextGenerator.Generation generation =
        generator()
            .generate(
                List.of("To be", "Or"),
                GenerationSettings.of(new BeamSettings(3, 0.6, 1), 8),
                (prompt, piece) -> heard.add(prompt + piece));
    assertThat(generation.cacheBytes()).isZero();
    assertThat(generation.texts())
        .allSatisfy(text -> assertThat(text.tokens().size()).isBetween(1, 8));
    assertThat(heard).isNotEmpty();
    assertThat(
            generator()
                .generate(
                    List.of("To be"),
                    GenerationSettings.of(new BeamSettings(1, 0, 1), 8),
                    GenerationListener.none())
                .texts())
        .isEqualTo(generate(List.of("To be"), SamplingSettings.greedy(), 8));
  }

  @Test
  void encoderDecodersAndRecurrentModelsGenerateToo() {
    TransformerConfig both = CONFIG.edit().stack(Stack.ENCODER_DECODER).build();
    RecurrentConfig recurrent =
        new RecurrentConfig(RecurrentConfig.Cell.GRU, 256, 3, 5, 1, 7, null);
    for (TextModelConfig config : List.of(both, recurrent)) {
      float[] parameters = InitialWeights.create(config.layout(), 3);
      for (TokenChoice choice :
          List.of(SamplingSettings.of(1, 256, 1), new BeamSettings(2, 0, 1))) {
        GenerationSettings settings = GenerationSettings.of(choice, 9);
        List<String> prompts = List.of("To be", "Or");
        List<GeneratedText> cached =
            new TextGenerator(config, parameters, new ByteText(256), DecodingEngines.cached())
                .generate(prompts, settings, GenerationListener.none())
                .texts();
        assertThat(cached).hasSize(2);
        assertThat(cached)
            .isEqualTo(
                new TextGenerator(config, parameters, new ByteText(256), DecodingEngines.uncached())
                    .generate(prompts, settings, GenerationListener.none())
                    .texts());
      }
    }
  }

  @Test
  void badUseIsRefused() {
    GenerationSettings settings = GenerationSettings.of(new BeamSettings(64, 0, 1), 8);
    assertThatThrownBy(
            () ->
                generator()
                    .generate(Collections.nCopies(17, "x"), settings, GenerationListener.none()))
        .hasMessageContaining("prompts times beams is 1088");
    assertThatThrownBy(() -> generator().generate(List.of(), settings, GenerationListener.none()))
        .hasMessageContaining("prompts times beams is 0");
    assertThatThrownBy(() -> GenerationSettings.of(SamplingSettings.greedy(), 0))
        .hasMessageContaining("max-tokens is 0");
    assertThatThrownBy(
            () ->
                new TextGenerator(
                    CONFIG, new float[3], new ByteText(256), DecodingEngines.uncached()))
        .hasMessageContaining("parameters have 3 values");
  }

  private static List<GeneratedText> generate(
      List<String> prompts, SamplingSettings sampling, int maxTokens) {
    return generator()
        .generate(prompts, GenerationSettings.of(sampling, maxTokens), GenerationListener.none())
        .texts();
  }

  private static TextGenerator generator() {
    return new TextGenerator(CONFIG, PARAMETERS, new ByteText(256), DecodingEngines.uncached());
  }
}
