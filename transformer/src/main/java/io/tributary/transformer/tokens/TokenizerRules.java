package io.tributary.transformer.tokens;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which parts a {@code tokenizer.json} may be made of, beside its tokens: the normalizers,
 * pre-tokenizers, post-processors and decoders that BERT, GPT-2 and Llama models use, each with
 * exactly its keys. See {@link TokenizerFile} for why nothing else is let through.
 */
final class TokenizerRules {
  private static final int MAX_PARTS = 16;
  private static final int MAX_SHORT = 16;
  private static final int MAX_TEMPLATE = 32;

  /**
   * Patterns by which texts are split before anything else: only known ones, since one of a
   * stranger may take exponential time. They are those of GPT-2, Llama 3 and its relatives.
   */
  private static final Set<String> PATTERNS =
      Set.of(
          "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
          "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}|"
              + " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
          "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}|"
              + " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+");

  private static final Set<String> BEHAVIORS =
      Set.of("Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous");
  private static final Set<String> SCHEMES = Set.of("always", "never", "first");

  /**
   * What a value must be. {@code name:kind} pairs, {@code *} after the kind where the key may be
   * absent.
   */
  private static final Map<String, String> NORMALIZERS =
      Map.ofEntries(
          Map.entry(
              "BertNormalizer",
              "clean_text:flag handle_chinese_chars:flag strip_accents:maybe* lowercase:flag"),
          Map.entry("Strip", "strip_left:flag strip_right:flag"),
          Map.entry("StripAccents", ""),
          Map.entry("NFC", ""),
          Map.entry("NFD", ""),
          Map.entry("NFKC", ""),
          Map.entry("NFKD", ""),
          Map.entry("Lowercase", ""),
          Map.entry("Replace", "pattern:literal content:text"),
          Map.entry("Prepend", "prepend:text"),
          Map.entry("Sequence", "normalizers:parts"));

  private static final String METASPACE =
      "replacement:letter prepend_scheme:scheme* split:flag* add_prefix_space:flag*";
  private static final String BYTE_LEVEL =
      "add_prefix_space:flag trim_offsets:flag use_regex:flag*";

  private static final Map<String, String> PRE_TOKENIZERS =
      Map.ofEntries(
          Map.entry("BertPreTokenizer", ""),
          Map.entry("Whitespace", ""),
          Map.entry("WhitespaceSplit", ""),
          Map.entry("ByteLevel", BYTE_LEVEL),
          Map.entry("Metaspace", METASPACE),
          Map.entry("Digits", "individual_digits:flag"),
          Map.entry("Punctuation", "behavior:behavior*"),
          Map.entry("Split", "pattern:pattern behavior:behavior invert:flag"),
          Map.entry("Sequence", "pretokenizers:parts"));

  private static final Map<String, String> POST_PROCESSORS =
      Map.of(
          "BertProcessing", "sep:token cls:token",
          "RobertaProcessing", "sep:token cls:token trim_offsets:flag add_prefix_space:flag",
          "ByteLevel", BYTE_LEVEL,
          "TemplateProcessing", "single:template pair:template special_tokens:tokens",
          "Sequence", "processors:parts");

  private static final Map<String, String> DECODERS =
      Map.of(
          "WordPiece", "prefix:text cleanup:flag",
          "ByteLevel", BYTE_LEVEL,
          "Metaspace", METASPACE,
          "ByteFallback", "",
          "Fuse", "",
          "Replace", "pattern:literal content:text",
          // At the end it would look for a letter in an empty text.
          "Strip", "content:letter start:count stop:zero",
          "Sequence", "decoders:parts");

  private final VocabularyRules vocabulary;

  TokenizerRules(VocabularyRules vocabulary) {
    this.vocabulary = vocabulary;
  }

  /**
   * Checks the parts of a whole file.
   *
   * @throws IllegalArgumentException naming what is wrong
   */
  void check(ObjectNode tokenizer) {
    require(tokenizer.path("version").asText("").equals("1.0"), "version is not \"1.0\"");
    part("normalizer", tokenizer.path("normalizer"), NORMALIZERS, 0);
    part("pre_tokenizer", tokenizer.path("pre_tokenizer"), PRE_TOKENIZERS, 0);
    part("post_processor", tokenizer.path("post_processor"), POST_PROCESSORS, 0);
    part("decoder", tokenizer.path("decoder"), DECODERS, 0);
  }

  private void part(String path, JsonNode node, Map<String, String> known, int depth) {
    if (depth == 0 && (node.isMissingNode() || node.isNull())) {
      return;
    }
    require(node.isObject(), path + " is not a JSON object");
    String type = node.path("type").asText("");
    String keys = known.get(type);
    require(
        keys != null,
        path
            + ".type is "
            + shown(type)
            + ": known are "
            + String.join(", ", new TreeSet<>(known.keySet())));
    Set<String> named = new HashSet<>(Set.of("type"));
    for (String key : keys.isEmpty() ? new String[0] : keys.split(" ", -1)) {
      boolean optional = key.endsWith("*");
      String name = key.substring(0, key.indexOf(':'));
      String kind = key.substring(key.indexOf(':') + 1, key.length() - (optional ? 1 : 0));
      named.add(name);
      if (!optional || node.has(name)) {
        value(path + "." + name, node, name, kind, known, depth);
      }
    }
    requireKeys(path, node, named);
    if (type.equals("Replace")) { // repeated, a replacement that grows would fill the memory
      require(
          node.get("content").asText().length()
              <= node.get("pattern").path("String").asText().length(),
          path + ".content is longer than what it replaces");
    } else if (type.equals("TemplateProcessing")) {
      template(path, node);
    }
  }

  private void value(
      String path,
      JsonNode parent,
      String name,
      String kind,
      Map<String, String> known,
      int depth) {
    JsonNode value = parent.path(name);
    switch (kind) {
      case "flag" -> require(value.isBoolean(), path + " is not true or false");
      case "maybe" ->
          require(value.isBoolean() || value.isNull(), path + " is not true, false or null");
      case "text" -> require(isText(value, MAX_SHORT), path + " is not a short text");
      case "letter" ->
          require(
              isText(value, 2) && value.asText().codePoints().count() == 1,
              path + " is not one character");
      case "count" -> whole(path, value, 0, MAX_SHORT);
      case "zero" -> whole(path, value, 0, 0);
      case "scheme" -> require(SCHEMES.contains(value.asText("")), path + " is none of " + SCHEMES);
      case "behavior" ->
          require(BEHAVIORS.contains(value.asText("")), path + " is none of " + BEHAVIORS);
      case "literal" -> literal(path, value);
      case "pattern" -> {
        if (value.has("Regex")) {
          require(
              value.size() == 1 && PATTERNS.contains(value.get("Regex").asText("")),
              path + " is a regular expression that is not known here");
        } else {
          literal(path, value);
        }
      }
      case "token" ->
          require(
              value.isArray()
                  && value.size() == 2
                  && value.get(0).isTextual()
                  && vocabulary.has(
                      value.get(0).asText(),
                      whole(path, value.get(1), 0, VocabularyRules.MAX_TOKENS)),
              path + " is not a token with its id");
      case "parts" -> {
        require(depth == 0, path + " is nested too deeply");
        require(
            value.isArray() && !value.isEmpty() && value.size() <= MAX_PARTS,
            path + " must have 1 to " + MAX_PARTS + " parts");
        for (int i = 0; i < value.size(); i++) {
          part(path + "[" + i + "]", value.get(i), known, depth + 1);
        }
      }
      case "template", "tokens" -> require(value.isContainerNode(), path + " is not a list");
      default -> throw new IllegalStateException("no kind is named " + kind);
    }
  }

  private static void literal(String path, JsonNode value) {
    require(
        value.isObject()
            && value.size() == 1
            && isText(value.path("String"), MAX_SHORT)
            && !value.get("String").asText().isEmpty(),
        path + " is not a short {\"String\": text}");
  }

  private void template(String path, JsonNode node) {
    JsonNode tokens = node.get("special_tokens");
    require(
        tokens.isObject() && tokens.size() <= MAX_TEMPLATE, path + ".special_tokens is no table");
    for (Map.Entry<String, JsonNode> token : tokens.properties()) {
      JsonNode value = token.getValue();
      String at = path + ".special_tokens." + shown(token.getKey());
      requireKeys(at, value, Set.of("id", "ids", "tokens"));
      JsonNode ids = value.path("ids");
      JsonNode texts = value.path("tokens");
      require(
          value.path("id").asText("").equals(token.getKey())
              && ids.isArray()
              && texts.isArray()
              && ids.size() == 1
              && texts.size() == 1
              && texts.get(0).isTextual()
              && vocabulary.has(
                  texts.get(0).asText(), whole(at, ids.get(0), 0, VocabularyRules.MAX_TOKENS)),
          at + " is not a token with its id");
    }
    require(
        pieces(path + ".single", node.get("single"), tokens).equals(Set.of("A")),
        path + ".single does not hold the text once");
    Set<String> pair = pieces(path + ".pair", node.get("pair"), tokens);
    require(pair.equals(Set.of("A", "B")), path + ".pair does not hold both texts once");
  }

  /** The texts of a template; every special token of it must be known. */
  private static Set<String> pieces(String path, JsonNode template, JsonNode tokens) {
    require(template.isArray() && template.size() <= MAX_TEMPLATE, path + " is not a short list");
    Set<String> texts = new HashSet<>();
    for (JsonNode piece : template) {
      require(piece.isObject() && piece.size() == 1, path + " holds something unknown");
      boolean special = piece.has("SpecialToken");
      JsonNode body = piece.path(special ? "SpecialToken" : "Sequence");
      require(body.isObject() && body.path("id").isTextual(), path + " holds something unknown");
      requireKeys(path, body, Set.of("id", "type_id"));
      whole(path + ": type_id", body.path("type_id"), 0, 1);
      String id = body.get("id").asText();
      require(
          special ? tokens.has(id) : texts.add(id),
          path + " names " + shown(id) + ", which is not there or is there twice");
    }
    return texts;
  }

  private static boolean isText(JsonNode value, int most) {
    return value.isTextual() && value.asText().length() <= most;
  }

  static void requireText(String path, JsonNode parent, String key, int most) {
    require(
        isText(parent.path(key), most),
        path + "." + key + " is not a text of at most " + most + " characters");
  }

  static void requireWhole(String path, JsonNode parent, String key, int least, int most) {
    whole(path + "." + key, parent.path(key), least, most);
  }

  static int whole(String path, JsonNode value, int least, int most) {
    require(
        value.isIntegralNumber()
            && value.canConvertToInt()
            && value.asInt() >= least
            && value.asInt() <= most,
        path
            + " is "
            + shown(value.toString())
            + " but must be a whole number "
            + least
            + " to "
            + most);
    return value.asInt();
  }

  static void requireKeys(String path, JsonNode node, Set<String> known) {
    for (String key : (Iterable<String>) node::fieldNames) {
      require(known.contains(key), path + " has the unknown key " + shown(key));
    }
  }

  static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalArgumentException(otherwise);
    }
  }

  /** A text from the file as a message may show it: short and printable. */
  static String shown(String text) {
    StringBuilder shown = new StringBuilder();
    text.codePoints()
        .limit(60)
        .forEach(c -> shown.append(Character.isISOControl(c) ? "?" : Character.toString(c)));
    return text.isEmpty() ? "missing" : shown.toString();
  }
}
