package io.tributary.transformer.tokens;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a {@code tokenizer.json} must say of its tokens: every id once and within bounds, and every
 * added token with the id that the native tokenizer will give it. See {@link TokenizerFile}.
 */
final class VocabularyRules {
  /** Most tokens; as many as a model may have. */
  static final int MAX_TOKENS = 1 << 20;

  private static final int MAX_ADDED = 8192;
  private static final int MAX_ADDED_LENGTH = 256;
  private static final int MAX_TOKEN_LENGTH = 1024;
  private static final int MAX_WORD = 1000;

  private static final Set<String> WORD_PIECE_KEYS =
      Set.of("type", "unk_token", "continuing_subword_prefix", "max_input_chars_per_word", "vocab");
  private static final Set<String> BPE_KEYS =
      Set.of(
          "type",
          "dropout",
          "unk_token",
          "continuing_subword_prefix",
          "end_of_word_suffix",
          "fuse_unk",
          "byte_fallback",
          "ignore_merges",
          "vocab",
          "merges");
  private static final Set<String> ADDED_KEYS =
      Set.of("id", "content", "single_word", "lstrip", "rstrip", "normalized", "special");

  private static final List<String> PADS =
      List.of("[PAD]", "<pad>", "<|pad|>", "<|finetune_right_pad_id|>");
  private static final List<String> UNKNOWNS = List.of("[UNK]", "<unk>");
  private static final List<String> MASKS = List.of("[MASK]", "<mask>");
  private static final List<String> BEGINS =
      List.of("[CLS]", "<s>", "<|begin_of_text|>", "<|startoftext|>", "<|endoftext|>");
  private static final List<String> ENDS =
      List.of("[SEP]", "</s>", "<|end_of_text|>", "<|endoftext|>");

  private final Map<String, Integer> ids = new HashMap<>();
  private final Map<String, Integer> added = new HashMap<>();
  private final BitSet used = new BitSet();
  private int size;

  private VocabularyRules() {}

  /**
   * Checks the model and the added tokens of a whole file.
   *
   * @throws IllegalArgumentException naming what is wrong
   */
  static VocabularyRules check(ObjectNode tokenizer) {
    VocabularyRules rules = new VocabularyRules();
    if (!(tokenizer.path("model") instanceof ObjectNode model)) {
      throw new IllegalArgumentException("model is missing");
    }
    if (!model.has("type")) { // files from before 2021; said here, so that nothing has to guess
      model.put("type", model.has("merges") ? "BPE" : "WordPiece");
    }
    String type = model.path("type").asText("");
    switch (type) {
      case "WordPiece" -> rules.wordPiece(model);
      case "BPE" -> rules.bytePairs(model);
      default ->
          throw new IllegalArgumentException(
              "model.type is " + TokenizerRules.shown(type) + ": BPE and WordPiece are supported");
    }
    rules.added(tokenizer.path("added_tokens"));
    rules.size = rules.used.length();
    return rules;
  }

  /** Highest id + 1. */
  int size() {
    return size;
  }

  /** Whether a text is a token, and this its id. */
  boolean has(String token, int id) {
    Integer known = added.getOrDefault(token, ids.get(token));
    return known != null && known == id;
  }

  SpecialTokens special() {
    return new SpecialTokens(
        first(PADS), first(UNKNOWNS), first(MASKS), first(BEGINS), first(ENDS));
  }

  /** Texts of the added tokens by id. */
  Map<Integer, String> addedTexts() {
    Map<Integer, String> texts = new HashMap<>();
    added.forEach((text, id) -> texts.put(id, text));
    return Map.copyOf(texts);
  }

  private int first(List<String> names) {
    return names.stream()
        .filter(added::containsKey)
        .map(added::get)
        .findFirst()
        .orElse(SpecialTokens.NONE);
  }

  private void wordPiece(JsonNode model) {
    TokenizerRules.requireKeys("model", model, WORD_PIECE_KEYS);
    vocabulary(model.path("vocab"));
    TokenizerRules.requireText("model", model, "continuing_subword_prefix", 16);
    TokenizerRules.requireText("model", model, "unk_token", MAX_ADDED_LENGTH);
    TokenizerRules.require(
        ids.containsKey(model.path("unk_token").asText()), "model.unk_token is not in model.vocab");
    TokenizerRules.requireWhole("model", model, "max_input_chars_per_word", 1, MAX_WORD);
  }

  private void bytePairs(JsonNode model) {
    TokenizerRules.requireKeys("model", model, BPE_KEYS);
    vocabulary(model.path("vocab"));
    TokenizerRules.require(
        model.path("dropout").isMissingNode() || model.path("dropout").isNull(),
        "model.dropout is set: the same text must always give the same tokens");
    for (String key : List.of("continuing_subword_prefix", "end_of_word_suffix")) {
      TokenizerRules.require(
          !model.hasNonNull(key)
              || (model.get(key).isTextual() && model.get(key).asText().isEmpty()),
          "model." + key + " is set, which is not supported");
    }
    for (String key : List.of("fuse_unk", "byte_fallback", "ignore_merges")) {
      TokenizerRules.require(
          !model.has(key) || model.get(key).isBoolean(), "model." + key + " is not true or false");
    }
    if (model.hasNonNull("unk_token")) {
      TokenizerRules.requireText("model", model, "unk_token", MAX_ADDED_LENGTH);
      TokenizerRules.require(
          ids.containsKey(model.get("unk_token").asText()),
          "model.unk_token is not in model.vocab");
    }
    merges(model.path("merges"));
  }

  /** Two tokens each, that together are a token: as a text with one space, or as a pair. */
  private void merges(JsonNode merges) {
    TokenizerRules.require(merges.isArray(), "model.merges is not a list");
    TokenizerRules.require(
        merges.size() <= 2 * MAX_TOKENS,
        "model.merges has more than " + 2 * MAX_TOKENS + " entries");
    for (JsonNode merge : merges) {
      String left;
      String right;
      if (merge.isTextual()) {
        int space = merge.asText().indexOf(' ');
        TokenizerRules.require(space > 0, "model.merges has an entry that is not two tokens");
        left = merge.asText().substring(0, space);
        right = merge.asText().substring(space + 1);
      } else {
        TokenizerRules.require(
            merge.isArray()
                && merge.size() == 2
                && merge.get(0).isTextual()
                && merge.get(1).isTextual(),
            "model.merges has an entry that is not two tokens");
        left = merge.get(0).asText();
        right = merge.get(1).asText();
      }
      TokenizerRules.require(
          ids.containsKey(left) && ids.containsKey(right) && ids.containsKey(left + right),
          "model.merges joins "
              + TokenizerRules.shown(left)
              + " and "
              + TokenizerRules.shown(right)
              + ", which are not all in model.vocab");
    }
  }

  private void vocabulary(JsonNode vocabulary) {
    TokenizerRules.require(
        vocabulary.isObject() && !vocabulary.isEmpty(), "model.vocab has no tokens");
    TokenizerRules.require(
        vocabulary.size() <= MAX_TOKENS, "model.vocab has more than " + MAX_TOKENS + " tokens");
    for (Map.Entry<String, JsonNode> entry : vocabulary.properties()) {
      String token = entry.getKey();
      TokenizerRules.require(
          token.length() <= MAX_TOKEN_LENGTH,
          "model.vocab has a token of more than " + MAX_TOKEN_LENGTH + " characters");
      int id = TokenizerRules.whole("model.vocab", entry.getValue(), 0, MAX_TOKENS - 1);
      TokenizerRules.require(
          !used.get(id), "model.vocab gives id " + id + " to more than one token");
      used.set(id);
      ids.put(token, id);
    }
  }

  private void added(JsonNode tokens) {
    TokenizerRules.require(tokens.isArray(), "added_tokens is not a list");
    TokenizerRules.require(
        tokens.size() <= MAX_ADDED, "added_tokens has more than " + MAX_ADDED + " entries");
    int next = ids.size();
    for (JsonNode token : tokens) {
      TokenizerRules.require(token.isObject(), "added_tokens holds something else than tokens");
      TokenizerRules.requireKeys("added_tokens", token, ADDED_KEYS);
      for (String key : List.of("single_word", "lstrip", "rstrip", "normalized", "special")) {
        TokenizerRules.require(
            token.path(key).isBoolean(), "added_tokens: " + key + " is not true or false");
      }
      TokenizerRules.requireText("added_tokens", token, "content", MAX_ADDED_LENGTH);
      String content = token.get("content").asText();
      TokenizerRules.require(!content.isEmpty(), "added_tokens has an empty token");
      int id = TokenizerRules.whole("added_tokens: id", token.path("id"), 0, MAX_TOKENS - 1);
      // The native tokenizer numbers new tokens itself; a file that says otherwise would lie.
      int given = ids.getOrDefault(content, next);
      TokenizerRules.require(
          id == given,
          "added_tokens gives "
              + TokenizerRules.shown(content)
              + " the id "
              + id
              + " but it follows as "
              + given);
      TokenizerRules.require(
          added.put(content, id) == null,
          "added_tokens has " + TokenizerRules.shown(content) + " twice");
      used.set(id);
      next = Math.max(next, id + 1);
    }
  }
}
