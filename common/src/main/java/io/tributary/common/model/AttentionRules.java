package io.tributary.common.model;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * Which heads share keys and values, and which positions see which.
 *
 * @param kind default multi-head
 * @param keyValueHeads grouped-query: number of key and value heads; divides the number of heads
 * @param latentWidth latent: width of what keys and values are made from, and of what is cached
 * @param latentRotaryWidth latent with rotary positions: width of the part of each head that
 *     carries the position, even; its key is shared by all heads
 * @param pattern default full
 * @param window local, strided and block-sparse: local says how many positions back are seen, its
 *     own included; others must not state it
 * @param stride strided: positions at distances of a multiple of it are seen, and the last {@code
 *     stride} ones
 * @param blockLength block-sparse: positions see their own block and the one before it
 * @param globalTokens block-sparse: the first so many positions are seen by all and see all (that
 *     they may); default 0
 * @param tileLength computes in tiles of so many positions and keeps no T × T matrix; absent: all
 *     at once
 */
public record AttentionRules(
    Kind kind,
    Integer keyValueHeads,
    Integer latentWidth,
    Integer latentRotaryWidth,
    Pattern pattern,
    Integer window,
    Integer stride,
    Integer blockLength,
    Integer globalTokens,
    Integer tileLength) {
  /** Full multi-head attention. */
  public static final AttentionRules MULTI_HEAD = of(Kind.MULTI_HEAD);

  /** Which heads share keys and values. */
  public enum Kind {
    /** Each head has its own (Vaswani et al., 2017). */
    @JsonProperty("multi-head")
    MULTI_HEAD,
    /** All heads share one (Shazeer, "One write-head is all you need", 2019). */
    @JsonProperty("multi-query")
    MULTI_QUERY,
    /** Groups of heads share one (Ainslie et al., GQA, 2023). */
    @JsonProperty("grouped-query")
    GROUPED_QUERY,
    /** Keys and values are made from one narrow vector a position (DeepSeek-V2, 2024, 2.1). */
    @JsonProperty("latent")
    LATENT;

    @Override
    public String toString() {
      return KebabCase.of(this);
    }
  }

  /** Which positions see which, within what the stack allows. */
  public enum Pattern {
    /** All. */
    @JsonProperty("full")
    FULL,
    /** The nearest ones (Beltagy et al., Longformer, 2020; Mistral 7B, 2023). */
    @JsonProperty("local")
    LOCAL,
    /** The nearest ones and every stride-th (Child et al., sparse transformers, 2019). */
    @JsonProperty("strided")
    STRIDED,
    /** Own and neighbouring blocks, and global tokens (Zaheer et al., Big Bird, 2020). */
    @JsonProperty("block-sparse")
    BLOCK_SPARSE;

    @Override
    public String toString() {
      return KebabCase.of(this);
    }
  }

  /** Fills defaults and checks that every value belongs to kind and pattern. */
  public AttentionRules {
    kind = kind == null ? Kind.MULTI_HEAD : kind;
    pattern = pattern == null ? Pattern.FULL : pattern;
    requireOf(
        kind == Kind.GROUPED_QUERY,
        "model.attention.key-value-heads",
        keyValueHeads,
        "kind grouped-query");
    requireOf(kind == Kind.LATENT, "model.attention.latent-width", latentWidth, "kind latent");
    if (kind != Kind.LATENT) {
      Sizes.requireAbsent(
          "model.attention.latent-rotary-width", latentRotaryWidth, "attention.kind latent");
    } else if (latentRotaryWidth != null) {
      Sizes.require(
          "model.attention.latent-rotary-width", latentRotaryWidth, 2, TransformerConfig.MAX_SIZE);
      if (latentRotaryWidth % 2 != 0) {
        throw new IllegalArgumentException(
            "model.attention.latent-rotary-width is "
                + latentRotaryWidth
                + ": it must be even, because positions turn pairs");
      }
    }
    requireOf(pattern == Pattern.LOCAL, "model.attention.window", window, "pattern local");
    requireOf(pattern == Pattern.STRIDED, "model.attention.stride", stride, "pattern strided");
    requireOf(
        pattern == Pattern.BLOCK_SPARSE,
        "model.attention.block-length",
        blockLength,
        "pattern block-sparse");
    if (pattern == Pattern.BLOCK_SPARSE) {
      globalTokens = globalTokens == null ? 0 : globalTokens;
      Sizes.require("model.attention.global-tokens", globalTokens, 0, TransformerConfig.MAX_SIZE);
    } else {
      Sizes.requireAbsent(
          "model.attention.global-tokens", globalTokens, "attention.pattern block-sparse");
    }
    if (tileLength != null) {
      Sizes.require("model.attention.tile-length", tileLength, 1, TransformerConfig.MAX_SIZE);
    }
  }

  private static void requireOf(boolean belongs, String key, Integer value, String owner) {
    if (belongs) {
      Sizes.require(
          key, Sizes.required(key, value, "attention." + owner), 1, TransformerConfig.MAX_SIZE);
    } else {
      Sizes.requireAbsent(key, value, "attention." + owner);
    }
  }

  /** This kind, full; not for kinds that need a width or number. */
  public static AttentionRules of(Kind kind) {
    return new AttentionRules(kind, null, null, null, null, null, null, null, null, null);
  }

  /** Grouped-query attention, full. */
  public static AttentionRules grouped(int keyValueHeads) {
    return new AttentionRules(
        Kind.GROUPED_QUERY, keyValueHeads, null, null, null, null, null, null, null, null);
  }

  /** Latent attention, full. */
  public static AttentionRules latent(int latentWidth, Integer latentRotaryWidth) {
    return new AttentionRules(
        Kind.LATENT, null, latentWidth, latentRotaryWidth, null, null, null, null, null, null);
  }

  /** The same heads that see the last {@code window} positions. */
  public AttentionRules local(int length) {
    return withPattern(Pattern.LOCAL, length, null, null, null);
  }

  /** The same heads that see every {@code length}-th position and the last {@code length}. */
  public AttentionRules strided(int length) {
    return withPattern(Pattern.STRIDED, null, length, null, null);
  }

  /** The same heads that see two blocks and global tokens. */
  public AttentionRules blockSparse(int length, int globals) {
    return withPattern(Pattern.BLOCK_SPARSE, null, null, length, globals);
  }

  /** The same in tiles. */
  public AttentionRules tiled(Integer length) {
    return new AttentionRules(
        kind,
        keyValueHeads,
        latentWidth,
        latentRotaryWidth,
        pattern,
        window,
        stride,
        blockLength,
        globalTokens,
        length);
  }

  private AttentionRules withPattern(
      Pattern other, Integer near, Integer every, Integer block, Integer globals) {
    return new AttentionRules(
        kind,
        keyValueHeads,
        latentWidth,
        latentRotaryWidth,
        other,
        near,
        every,
        block,
        globals,
        tileLength);
  }

  /**
   * Whether the pattern lets a query see a key.
   *
   * @param query position that looks
   * @param key position that is looked at
   * @param causal whether later positions are hidden
   */
  public boolean sees(int query, int key, boolean causal) {
    if (causal && key > query) {
      return false;
    }
    int distance = Math.abs(query - key);
    return switch (pattern) {
      case FULL -> true;
      case LOCAL -> distance < window;
      case STRIDED -> distance < stride || distance % stride == 0;
      case BLOCK_SPARSE -> {
        int blocks = query / blockLength - key / blockLength;
        boolean near = causal ? blocks <= 1 : Math.abs(blocks) <= 1;
        yield near || key < globalTokens || query < globalTokens;
      }
    };
  }
}
