package io.tributary.common.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.common.model.AttentionRules;
import io.tributary.common.model.FeedForwardRules;
import io.tributary.common.model.HeadRules;
import io.tributary.common.model.ModelPresets;
import io.tributary.common.model.NormRules;
import io.tributary.common.model.PositionRules;
import io.tributary.common.model.RecurrentConfig;
import io.tributary.common.model.Stack;
import io.tributary.common.model.TextModelConfig;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.model.TuningRules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every choice of the model family can be made in a job file, and travels to the sites as made. */
class JobChoicesTest {
  private static final String JOB =
      """
      name: job
      rounds: 2
      model: {vocabulary-size: 256, width: 16, layers: 2, heads: 4, feed-forward-width: 32, \
      context-length: 16%s}
      local: {learning-rate: 0.01, steps: 2}
      round: {cohort: 2}
      """;

  /** What a job file says, and what it must come to. */
  private record Choice(Object chosen, String yaml) {}

  private static final List<Choice> CHOICES =
      List.of(
          new Choice(PositionRules.Kind.NONE, "position: {kind: none}"),
          new Choice(PositionRules.Kind.LEARNED, "position: {kind: learned}"),
          new Choice(PositionRules.Kind.SINUSOIDAL, "position: {kind: sinusoidal}"),
          new Choice(
              PositionRules.Kind.RELATIVE,
              "position: {kind: relative, buckets: 16, max-distance: 64}"),
          new Choice(PositionRules.Kind.ROTARY, "position: {kind: rotary, base: 5000}"),
          new Choice(PositionRules.Scaling.NONE, "position: {kind: rotary, scaling: none}"),
          new Choice(
              PositionRules.Scaling.LINEAR, "position: {kind: rotary, scaling: linear, factor: 2}"),
          new Choice(
              PositionRules.Scaling.NTK, "position: {kind: rotary, scaling: ntk, factor: 4}"),
          new Choice(AttentionRules.Kind.MULTI_HEAD, "attention: {kind: multi-head}"),
          new Choice(AttentionRules.Kind.MULTI_QUERY, "attention: {kind: multi-query}"),
          new Choice(
              AttentionRules.Kind.GROUPED_QUERY,
              "attention: {kind: grouped-query, key-value-heads: 2}"),
          new Choice(
              AttentionRules.Kind.LATENT,
              "attention: {kind: latent, latent-width: 8, latent-rotary-width: 4}, position: {kind:"
                  + " rotary}"),
          new Choice(AttentionRules.Pattern.FULL, "attention: {pattern: full, tile-length: 4}"),
          new Choice(AttentionRules.Pattern.LOCAL, "attention: {pattern: local, window: 4}"),
          new Choice(AttentionRules.Pattern.STRIDED, "attention: {pattern: strided, stride: 4}"),
          new Choice(
              AttentionRules.Pattern.BLOCK_SPARSE,
              "attention: {pattern: block-sparse, block-length: 4, global-tokens: 2}"),
          new Choice(NormRules.Kind.LAYER_NORM, "norm: {kind: layer-norm, epsilon: 1e-6}"),
          new Choice(NormRules.Kind.RMS_NORM, "norm: {kind: rms-norm}, biases: false"),
          new Choice(NormRules.Place.BEFORE, "norm: {place: before}"),
          new Choice(NormRules.Place.AFTER, "norm: {place: after}"),
          new Choice(FeedForwardRules.Kind.GELU, "feed-forward: {kind: gelu}"),
          new Choice(FeedForwardRules.Kind.GELU_ERF, "feed-forward: {kind: gelu-erf}"),
          new Choice(FeedForwardRules.Kind.SWIGLU, "feed-forward: {kind: swiglu}"),
          new Choice(
              FeedForwardRules.Kind.EXPERTS,
              "feed-forward: {kind: experts, experts: 4, top-k: 2, capacity-factor: 1.25,"
                  + " balance-weight: 0.02}"),
          new Choice(HeadRules.Kind.CAUSAL_LM, "head: {kind: causal-lm, predicted-tokens: 2}"),
          new Choice(
              HeadRules.Kind.MASKED_LM, "stack: encoder, head: {kind: masked-lm, tied: false}"),
          new Choice(
              HeadRules.Kind.CLASSIFICATION,
              "stack: decoder, head: {kind: classification, classes: 2}"),
          new Choice(
              HeadRules.Pooling.MEAN,
              "stack: encoder, head: {kind: classification, classes: 2, pooling: mean}"),
          new Choice(
              HeadRules.Pooling.FIRST,
              "stack: encoder, head: {kind: classification, classes: 2, pooling: first}"),
          new Choice(Stack.DECODER, "stack: decoder"),
          new Choice(Stack.ENCODER, "stack: encoder, head: {kind: masked-lm}"),
          new Choice(Stack.ENCODER_DECODER, "stack: encoder-decoder"),
          new Choice(TuningRules.Kind.FULL, "tuning: {kind: full, freeze-embeddings: true}"),
          new Choice(TuningRules.Kind.HEAD_ONLY, "tuning: {kind: head-only}, head: {tied: false}"),
          new Choice(TuningRules.Kind.BIAS_ONLY, "tuning: {kind: bias-only}"),
          new Choice(
              TuningRules.Kind.LORA,
              "tuning: {kind: lora, rank: 2, alpha: 4, targets: [attention.input,"
                  + " feedforward.output]}"));

  @TempDir Path directory;

  private JobSpec read(String yaml) throws IOException {
    Path file = directory.resolve("job.yaml");
    Files.writeString(file, yaml);
    return JobSpec.read(file);
  }

  static List<Choice> choices() {
    return CHOICES;
  }

  @ParameterizedTest
  @MethodSource("choices")
  void theChoiceIsMadeAndReachesTheSites(Choice choice) throws IOException {
    String yaml = JOB.formatted(", " + choice.yaml());
    if (choice.yaml().contains("classes")) {
      yaml += "data: {classes: [ham, spam]}\n";
    }
    JobSpec job = read(yaml);
    JobSpec offered = JobSpec.fromJson(job.toJson());
    assertThat(offered).isEqualTo(job);
    TransformerConfig config = (TransformerConfig) offered.model().textConfig();
    assertThat(
            List.<Object>of(
                config.position().kind(),
                config.position().scaling() == null ? "" : config.position().scaling(),
                config.attention().kind(),
                config.attention().pattern(),
                config.norm().kind(),
                config.norm().place(),
                config.feedForward().kind(),
                config.head().kind(),
                config.head().pooling() == null ? "" : config.head().pooling(),
                config.stack(),
                config.tuning().kind()))
        .contains(choice.chosen());
    assertThat(config.layout().trainableCount()).isPositive();
  }

  @Test
  void noChoiceIsLeftOut() {
    List<Object> all = new ArrayList<>();
    for (Class<?> choices :
        List.of(
            PositionRules.Kind.class,
            PositionRules.Scaling.class,
            AttentionRules.Kind.class,
            AttentionRules.Pattern.class,
            NormRules.Kind.class,
            NormRules.Place.class,
            FeedForwardRules.Kind.class,
            HeadRules.Kind.class,
            HeadRules.Pooling.class,
            Stack.class,
            TuningRules.Kind.class)) {
      all.addAll(List.of(choices.getEnumConstants()));
    }
    assertThat(CHOICES.stream().map(Choice::chosen)).containsExactlyInAnyOrderElementsOf(all);
  }

  @ParameterizedTest
  @ValueSource(strings = {"lstm", "gru"})
  void aRecurrentModelIsAChoiceToo(String cell) throws IOException {
    JobSpec job =
        read(
            JOB.replace(", heads: 4, feed-forward-width: 32", "")
                .formatted(", recurrent: {cell: " + cell + ", embedding-width: 4}"));
    RecurrentConfig config = (RecurrentConfig) JobSpec.fromJson(job.toJson()).model().textConfig();
    assertThat(config.cell()).hasToString(cell);
    assertThat(config.embeddingWidth()).isEqualTo(4);
  }

  @Test
  void everyPresetIsAJobInOneLine() throws IOException {
    TreeSet<String> names = new TreeSet<>();
    for (String preset : ModelPresets.names()) {
      names.add(preset);
      JobSpec job = read(JOB.replaceAll("\\{vocabulary.*\\}", "{preset: " + preset + "}"));
      assertThat(JobSpec.fromJson(job.toJson()).model().config())
          .isEqualTo(ModelPresets.config(preset));
    }
    assertThat(names)
        .contains(
            "gpt-tiny",
            "gpt-small",
            "llama-tiny",
            "moe-tiny",
            "bert-minilm",
            "t5-tiny",
            "char-lstm");
  }

  @Test
  void aTokenizerIsNamedByItsDigest() throws IOException {
    String digest = "sha256:" + "0a".repeat(32);
    TextModelConfig config =
        read(JOB.formatted(", tokenizer: '" + digest + "'")).model().textConfig();
    assertThat(config.tokenizer()).isEqualTo(digest);
  }
}
