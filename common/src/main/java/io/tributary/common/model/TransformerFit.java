package io.tributary.common.model;

import io.tributary.common.model.PositionRules.Kind;
import java.util.regex.Pattern;

/** Which sizes and choices of a {@link TransformerConfig} go together: each refusal says why. */
final class TransformerFit {
  private static final Pattern TOKENIZER = Pattern.compile("bytes|sha256:[0-9a-f]{64}");

  private TransformerFit() {}

  static void require(TransformerConfig c) {
    Sizes.require("model.vocabulary-size", c.vocabularySize(), 2, TransformerConfig.MAX_SIZE);
    Sizes.require("model.width", c.width(), 1, TransformerConfig.MAX_SIZE);
    Sizes.require("model.layers", c.layers(), 1, TransformerConfig.MAX_LAYERS);
    Sizes.require("model.heads", c.heads(), 1, TransformerConfig.MAX_SIZE);
    Sizes.require("model.feed-forward-width", c.feedForwardWidth(), 1, TransformerConfig.MAX_SIZE);
    Sizes.require("model.context-length", c.contextLength(), 1, TransformerConfig.MAX_SIZE);
    requireMultiple("model.width", c.width(), "model.heads", c.heads());
    requireTokenizer(c.tokenizer());
    requireAttention(c);
    requirePosition(c);
    requireHead(c);
    requireTuning(c);
    TransformerLayout.requireCount(c);
  }

  static void requireTokenizer(String tokenizer) {
    if (!TOKENIZER.matcher(tokenizer).matches()) {
      throw new IllegalArgumentException(
          "model.tokenizer is "
              + tokenizer
              + ": it must be bytes, or sha256: and the 64 lower-case hexadecimal digits of a"
              + " tokenizer.json");
    }
  }

  private static void requireAttention(TransformerConfig c) {
    AttentionRules rules = c.attention();
    if (rules.kind() == AttentionRules.Kind.GROUPED_QUERY) {
      requireMultiple(
          "model.heads", c.heads(), "model.attention.key-value-heads", rules.keyValueHeads());
    }
    boolean latentRotary =
        rules.kind() == AttentionRules.Kind.LATENT && c.position().kind() == Kind.ROTARY;
    if (latentRotary && rules.latentRotaryWidth() == null) {
      throw new IllegalArgumentException(
          "model.attention.latent-rotary-width is missing: latent attention with rotary positions"
              + " needs a part of each head that carries them");
    }
    if (!latentRotary && rules.latentRotaryWidth() != null) {
      throw new IllegalArgumentException(
          "model.attention.latent-rotary-width is "
              + rules.latentRotaryWidth()
              + " but model.position.kind is "
              + c.position().kind()
              + ": leave it out, or choose rotary");
    }
    if (rules.tileLength() != null && c.position().kind() == Kind.RELATIVE) {
      throw new IllegalArgumentException(
          "model.attention.tile-length is "
              + rules.tileLength()
              + " but model.position.kind is relative: a learned bias needs all scores at once;"
              + " leave tile-length out, or choose rotary");
    }
  }

  private static void requirePosition(TransformerConfig c) {
    boolean pairs = c.position().kind() == Kind.SINUSOIDAL;
    if (pairs && c.width() % 2 != 0) {
      throw new IllegalArgumentException(
          "model.width is " + c.width() + ": sinusoidal positions come in pairs, make it even");
    }
    if (c.rotaryWidth() % 2 != 0) {
      throw new IllegalArgumentException(
          "model.width ÷ model.heads is "
              + c.headWidth()
              + ": rotary positions turn pairs, make it even");
    }
  }

  private static void requireHead(TransformerConfig c) {
    HeadRules head = c.head();
    boolean fits =
        switch (c.stack()) {
          case DECODER -> head.kind() != HeadRules.Kind.MASKED_LM;
          case ENCODER -> head.kind() != HeadRules.Kind.CAUSAL_LM;
          case ENCODER_DECODER -> head.kind() == HeadRules.Kind.CAUSAL_LM;
        };
    if (!fits) {
      throw new IllegalArgumentException(
          "model.head.kind is "
              + head.kind()
              + " but model.stack is "
              + c.stack()
              + ": causal-lm goes with decoder and encoder-decoder, masked-lm with encoder,"
              + " classification with encoder and decoder");
    }
    if (head.pooling() == HeadRules.Pooling.FIRST && c.stack() == Stack.DECODER) {
      throw new IllegalArgumentException(
          "model.head.pooling is first but model.stack is decoder, whose first position sees"
              + " nothing but itself: choose mean");
    }
    if (c.predictedTokens() > 1
        && (c.stack() != Stack.DECODER || c.predictedTokens() > c.contextLength())) {
      throw new IllegalArgumentException(
          "model.head.predicted-tokens is "
              + c.predictedTokens()
              + " but must be 1 with stack encoder-decoder and at most model.context-length ("
              + c.contextLength()
              + ") with decoder");
    }
  }

  private static void requireTuning(TransformerConfig c) {
    switch (c.tuning().kind()) {
      case FULL -> {}
      case HEAD_ONLY -> {
        if (c.head().languageModel() && c.head().tied()) {
          throw new IllegalArgumentException(
              "model.tuning.kind is head-only but the head is the token embedding: set"
                  + " model.head.tied to false, or choose another tuning");
        }
      }
      case BIAS_ONLY -> {
        if (!c.biases()) {
          throw new IllegalArgumentException(
              "model.tuning.kind is bias-only but model.biases is false: choose lora");
        }
      }
      case LORA -> TransformerLayout.requireTargets(c);
    }
  }

  private static void requireMultiple(String what, int value, String of, int part) {
    if (value % part != 0) {
      throw new IllegalArgumentException(
          what
              + " is "
              + value
              + " but "
              + of
              + " is "
              + part
              + ": "
              + what.substring(what.indexOf('.') + 1)
              + " must be a multiple of "
              + of.substring(of.lastIndexOf('.') + 1));
    }
  }
}
