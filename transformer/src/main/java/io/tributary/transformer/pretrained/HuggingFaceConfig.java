package io.tributary.transformer.pretrained;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.tributary.common.config.BoundedFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * The {@code config.json} of a Hugging Face model, asked key by key. A value that decides what the
 * model computes is either one that we have or refused by its name; keys that only concern training
 * or generation are not looked at.
 */
final class HuggingFaceConfig {
  private static final int MAX_BYTES = 1 << 20;

  private static final ObjectMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxDocumentLength(MAX_BYTES)
                          .maxNestingDepth(16)
                          .maxNumberLength(64)
                          .build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final Path path;
  private final JsonNode root;

  private HuggingFaceConfig(Path path, JsonNode root) {
    this.path = path;
    this.root = root;
  }

  /**
   * Reads a file.
   *
   * @throws io.tributary.common.config.UserErrorException when there is none or it is no JSON
   *     object
   */
  static HuggingFaceConfig read(Path path) {
    try {
      JsonNode root = JSON.readTree(BoundedFile.read(path, MAX_BYTES));
      if (root == null || !root.isObject()) {
        throw Malformed.file(path, "is not a JSON object");
      }
      return new HuggingFaceConfig(path, root);
    } catch (JsonProcessingException e) {
      throw Malformed.file(path, "is not valid JSON (" + e.getOriginalMessage() + ")", e);
    } catch (IOException e) {
      throw Malformed.file(path, "cannot be read (" + e.getMessage() + ")", e);
    }
  }

  Path path() {
    return path;
  }

  boolean has(String key) {
    return root.hasNonNull(key);
  }

  /** A size that must be there. */
  int size(String key) {
    JsonNode value = root.path(key);
    if (!value.isIntegralNumber() || !value.canConvertToInt() || value.asInt() < 1) {
      throw refused(key, "a whole number of at least 1 is needed");
    }
    return value.asInt();
  }

  /** A size, or another where it is absent. */
  int size(String key, int otherwise) {
    return has(key) ? size(key) : otherwise;
  }

  /** A number, or another where it is absent. */
  double number(String key, double otherwise) {
    return number(root, "", key, otherwise);
  }

  private double number(JsonNode parent, String prefix, String key, double otherwise) {
    if (!parent.hasNonNull(key)) {
      return otherwise;
    }
    if (!parent.get(key).isNumber() || !Double.isFinite(parent.get(key).asDouble())) {
      throw Malformed.unsupported(path, prefix + key + " is not a number");
    }
    return parent.get(key).asDouble();
  }

  boolean flag(String key, boolean otherwise) {
    if (!has(key)) {
      return otherwise;
    }
    if (!root.get(key).isBoolean()) {
      throw refused(key, "true or false is needed");
    }
    return root.get(key).asBoolean();
  }

  /** A text, empty where it is absent. */
  String text(String key) {
    return root.path(key).asText("");
  }

  /** One of the names that we have a part for. */
  <T> T choice(String key, String otherwise, Map<String, T> known) {
    String name = has(key) ? root.get(key).asText("") : otherwise;
    T part = known.get(name);
    if (part == null) {
      throw refused(
          key, "supported are " + String.join(", ", known.keySet().stream().sorted().toList()));
    }
    return part;
  }

  /** A switch for a part that we do not have. */
  void requireOff(String key, String part) {
    if (flag(key, false)) {
      throw refused(key, part + " is not supported");
    }
  }

  /** A key whose presence means a part that we do not have. */
  void requireAbsent(String key, String part) {
    if (has(key)) {
      throw refused(key, part + " is not supported");
    }
  }

  /** A number that must be another where both are stated. */
  void requireEqual(String key, int expected, String part) {
    if (has(key) && size(key) != expected) {
      throw refused(key, part + " is not supported: " + expected + " is");
    }
  }

  /** A group of keys, empty if it is absent. */
  Group group(String key) {
    if (has(key) && !root.get(key).isObject()) {
      throw refused(key, "a group of keys is needed");
    }
    return new Group(this, key, root.path(key));
  }

  /**
   * Keys within a key.
   *
   * @param config what it is part of
   * @param name its key
   * @param node what it holds
   */
  record Group(HuggingFaceConfig config, String name, JsonNode node) {
    String text(String key, String otherwise) {
      return node.hasNonNull(key) ? node.get(key).asText("") : otherwise;
    }

    double number(String key, double otherwise) {
      return config.number(node, name + ".", key, otherwise);
    }

    RuntimeException refused(String key, String why) {
      return config.refused(name + "." + key, node.path(key), why);
    }
  }

  RuntimeException refused(String key, String why) {
    return refused(key, root.path(key), why);
  }

  private RuntimeException refused(String key, JsonNode value, String why) {
    return Malformed.unsupported(
        path,
        key
            + (value.isMissingNode() || value.isNull()
                ? " is missing"
                : " is " + Malformed.shown(value.isValueNode() ? value.asText() : value.toString()))
            + ": "
            + why);
  }
}
