package io.tributary.common.model;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * Which tensors training may change; only these cost gradient time and travel in updates.
 *
 * @param kind default full
 * @param rank lora: r, columns of the first and rows of the second small matrix
 * @param alpha lora: the product of the two is scaled by alpha ÷ rank; default 2 · rank
 * @param targets lora: names of linear layers as in {@code attention.input}; default that one
 * @param freezeEmbeddings full: whether token and position embeddings stay; default false
 */
public record TuningRules(
    Kind kind, Integer rank, Double alpha, List<String> targets, Boolean freezeEmbeddings) {
  /** Everything is trained. */
  public static final TuningRules FULL = new TuningRules(null, null, null, null, null);

  /** Linear layers that can have an adapter; which of them a model has depends on its parts. */
  public static final List<String> LINEAR_LAYERS =
      List.of(
          "attention.input",
          "attention.query",
          "attention.latent",
          "attention.latent-up",
          "attention.output",
          "cross.query",
          "cross.input",
          "cross.output",
          "feedforward.input",
          "feedforward.output",
          "feedforward.router",
          "head");

  private static final int MAX_RANK = 4096;

  /** What is trained. */
  public enum Kind {
    /** All tensors. */
    @JsonProperty("full")
    FULL,
    /** The head alone: a classifier, or a language model's head that is not tied. */
    @JsonProperty("head-only")
    HEAD_ONLY,
    /** All biases, and a classifier's head (Ben Zaken et al., BitFit, 2022). */
    @JsonProperty("bias-only")
    BIAS_ONLY,
    /** Low-rank adapters, and a classifier's head (Hu et al., LoRA, 2021). */
    @JsonProperty("lora")
    LORA;

    @Override
    public String toString() {
      return KebabCase.of(this);
    }
  }

  /** Fills defaults and checks that every value belongs to the kind. */
  public TuningRules {
    kind = kind == null ? Kind.FULL : kind;
    if (kind == Kind.LORA) {
      Sizes.require(
          "model.tuning.rank",
          Sizes.required("model.tuning.rank", rank, "tuning.kind lora"),
          1,
          MAX_RANK);
      alpha = alpha == null ? 2.0 * rank : alpha;
      Sizes.require("model.tuning.alpha", alpha, 1e-6, 1e6);
      targets = targets == null ? List.of("attention.input") : List.copyOf(targets);
      if (targets.isEmpty() || targets.stream().distinct().count() < targets.size()) {
        throw new IllegalArgumentException(
            "model.tuning.targets is " + targets + ": name at least one layer, and each once");
      }
      for (String target : targets) {
        if (!LINEAR_LAYERS.contains(target)) {
          throw new IllegalArgumentException(
              "model.tuning.targets has "
                  + target
                  + ": linear layers are "
                  + String.join(", ", LINEAR_LAYERS));
        }
      }
    } else {
      Sizes.requireAbsent("model.tuning.rank", rank, "tuning.kind lora");
      Sizes.requireAbsent("model.tuning.alpha", alpha, "tuning.kind lora");
      Sizes.requireAbsent("model.tuning.targets", targets, "tuning.kind lora");
    }
    if (kind == Kind.FULL) {
      freezeEmbeddings = freezeEmbeddings != null && freezeEmbeddings;
    } else {
      Sizes.requireAbsent("model.tuning.freeze-embeddings", freezeEmbeddings, "tuning.kind full");
    }
  }

  /** Adapters on these layers. */
  public static TuningRules lora(int rank, double alpha, String... targets) {
    return new TuningRules(Kind.LORA, rank, alpha, List.of(targets), null);
  }

  /** This kind; not lora. */
  public static TuningRules of(Kind kind) {
    return new TuningRules(kind, null, null, null, null);
  }

  /** Everything but the embeddings. */
  public static TuningRules frozenEmbeddings() {
    return new TuningRules(Kind.FULL, null, null, null, true);
  }
}
