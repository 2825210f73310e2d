package io.tributary.transformer.samediff;

import io.tributary.common.model.AttentionRules;
import io.tributary.common.model.FeedForwardRules;
import io.tributary.common.model.HeadRules;
import io.tributary.common.model.NormRules;
import io.tributary.common.model.PositionRules;
import io.tributary.common.model.PositionRules.Scaling;
import io.tributary.common.model.Stack;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.model.TuningRules;
import java.util.LinkedHashMap;
import java.util.Map;

/** Small models, one for each choice of a block: what every test of all kinds runs over. */
final class Variants {
  static final TransformerConfig BASE = new TransformerConfig(12, 8, 2, 4, 6, 6);

  private Variants() {}

  /** Decoders with every attention and position. */
  static Map<String, TransformerConfig> decoders() {
    Map<String, TransformerConfig> all = new LinkedHashMap<>();
    all.put("multi-head", BASE);
    attentions().forEach((name, rules) -> all.put(name, BASE.edit().attention(rules).build()));
    for (PositionRules.Kind kind : PositionRules.Kind.values()) {
      TransformerConfig positioned = BASE.edit().position(kind).build();
      all.put("positions " + kind, positioned);
      all.put(
          "grouped, positions " + kind,
          positioned.edit().attention(AttentionRules.grouped(2)).build());
    }
    all.put("rotary, linear", rotary(PositionRules.rotary(100, Scaling.LINEAR, 2.0)));
    all.put("rotary, ntk", rotary(PositionRules.rotary(100, Scaling.NTK, 4.0)));
    all.put(
        "latent, rotary",
        BASE.edit()
            .width(16)
            .position(PositionRules.Kind.ROTARY)
            .attention(AttentionRules.latent(5, 2))
            .build());
    all.put(
        "latent, relative",
        BASE.edit()
            .position(PositionRules.Kind.RELATIVE)
            .attention(AttentionRules.latent(3, null))
            .build());
    return all;
  }

  /** Attention of every kind and pattern that {@link #BASE} can have. */
  static Map<String, AttentionRules> attentions() {
    Map<String, AttentionRules> all = new LinkedHashMap<>();
    AttentionRules full = AttentionRules.MULTI_HEAD;
    all.put("multi-query", AttentionRules.of(AttentionRules.Kind.MULTI_QUERY));
    all.put("grouped-query", AttentionRules.grouped(2));
    all.put("latent", AttentionRules.latent(3, null));
    all.put("local", full.local(2));
    all.put("strided", full.strided(3));
    all.put("block-sparse", full.blockSparse(2, 1));
    all.put("grouped, local", AttentionRules.grouped(2).local(3));
    all.put("tiled", full.tiled(4));
    all.put("grouped, tiled", AttentionRules.grouped(2).tiled(4));
    all.put("latent, tiled", AttentionRules.latent(3, null).tiled(4));
    all.put("local, tiled", full.local(2).tiled(2));
    return all;
  }

  /** Models of every other choice, encoders and both stacks among them. */
  static Map<String, TransformerConfig> others() {
    Map<String, TransformerConfig> all = new LinkedHashMap<>();
    for (NormRules.Kind kind : NormRules.Kind.values()) {
      for (NormRules.Place place : NormRules.Place.values()) {
        all.put(kind + " " + place, BASE.edit().norm(kind, place).build());
      }
    }
    all.put("gelu-erf", fed(FeedForwardRules.of(FeedForwardRules.Kind.GELU_ERF)));
    all.put("swiglu", fed(FeedForwardRules.of(FeedForwardRules.Kind.SWIGLU)));
    all.put("experts", fed(FeedForwardRules.experts(3, 2)));
    all.put(
        "experts with capacity",
        fed(new FeedForwardRules(FeedForwardRules.Kind.EXPERTS, 3, 1, 0.8, 0.3)));
    all.put("no biases", BASE.edit().biases(false).build());
    all.put("untied", headed(BASE, HeadRules.languageModel(HeadRules.Kind.CAUSAL_LM, false)));
    all.put("three tokens", headed(BASE, HeadRules.predicting(3)));
    all.put("decoder class", headed(BASE, classes(HeadRules.Pooling.MEAN)));
    TransformerConfig encoder =
        BASE.edit()
            .stack(Stack.ENCODER)
            .norm(new NormRules(NormRules.Kind.LAYER_NORM, NormRules.Place.AFTER, 1e-12))
            .head(HeadRules.languageModel(HeadRules.Kind.MASKED_LM, true))
            .build();
    all.put("encoder", encoder);
    attentions()
        .forEach(
            (name, rules) -> all.put("encoder " + name, encoder.edit().attention(rules).build()));
    all.put("encoder experts", encoder.edit().feedForward(FeedForwardRules.experts(3, 2)).build());
    all.put("encoder relative", encoder.edit().position(PositionRules.Kind.RELATIVE).build());
    all.put("encoder mean class", headed(encoder, classes(HeadRules.Pooling.MEAN)));
    all.put("encoder first class", headed(encoder, classes(HeadRules.Pooling.FIRST)));
    TransformerConfig both = BASE.edit().stack(Stack.ENCODER_DECODER).build();
    all.put("both stacks", both);
    all.put(
        "both stacks, relative, grouped, norm after",
        both.edit()
            .position(PositionRules.Kind.RELATIVE)
            .attention(AttentionRules.grouped(2))
            .norm(NormRules.Kind.RMS_NORM, NormRules.Place.AFTER)
            .build());
    all.put(
        "lora",
        headed(BASE, HeadRules.languageModel(HeadRules.Kind.CAUSAL_LM, false))
            .edit()
            .tuning(
                TuningRules.lora(
                    2,
                    3,
                    "attention.input",
                    "attention.output",
                    "feedforward.input",
                    "feedforward.output",
                    "head"))
            .build());
    all.put(
        "lora on latent",
        BASE.edit()
            .attention(AttentionRules.latent(3, null))
            .tuning(
                TuningRules.lora(
                    1, 2, "attention.query", "attention.latent", "attention.latent-up"))
            .build());
    all.put("bias only", BASE.edit().tuning(TuningRules.of(TuningRules.Kind.BIAS_ONLY)).build());
    all.put(
        "head only",
        headed(encoder, classes(HeadRules.Pooling.MEAN))
            .edit()
            .tuning(TuningRules.of(TuningRules.Kind.HEAD_ONLY))
            .build());
    all.put("frozen embeddings", BASE.edit().tuning(TuningRules.frozenEmbeddings()).build());
    return all;
  }

  private static HeadRules classes(HeadRules.Pooling pooling) {
    return HeadRules.classification(3, pooling);
  }

  private static TransformerConfig rotary(PositionRules rules) {
    return BASE.edit().width(16).position(rules).build();
  }

  private static TransformerConfig fed(FeedForwardRules rules) {
    return BASE.edit().feedForward(rules).build();
  }

  private static TransformerConfig headed(TransformerConfig config, HeadRules head) {
    return config.edit().head(head).build();
  }
}
