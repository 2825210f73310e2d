package io.tributary.transformer.tokens;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * The built-in tokenizer as other programs read it: a byte-level BPE of 256 tokens without a merge,
 * whose ids are the bytes.
 *
 * <p>Such files cannot hold every byte as text, so GPT-2 gave each byte a printable character
 * (Radford et al., 2019): {@code !} to {@code ~}, {@code ¡} to {@code ¬} and {@code ®} to {@code ÿ}
 * stand for themselves, and the other 68 bytes, in order, for the characters from U+0100 on. The
 * order of that table is not the order of the bytes: ids here are bytes, GPT-2's are not.
 *
 * <p>No token of it is special: text is searched for special tokens before it becomes bytes, so
 * that one that stood for byte 0xC1 would be found in every text with the character Á.
 */
public final class ByteVocabulary {
  /** Number of tokens. */
  public static final int SIZE = 256;

  private static final int FIRST_STAND_IN = 0x100;

  private ByteVocabulary() {}

  /** The text of a byte's token: one character. */
  public static String token(int value) {
    if (value < 0 || value >= SIZE) {
      throw new IllegalArgumentException(value + " is no byte: they are 0 to 255");
    }
    if (isPrinted(value)) {
      return Character.toString(value);
    }
    int before = 0;
    for (int other = 0; other < value; other++) {
      before += isPrinted(other) ? 0 : 1;
    }
    return Character.toString(FIRST_STAND_IN + before);
  }

  private static boolean isPrinted(int value) {
    return (value >= '!' && value <= '~')
        || (value >= 0xA1 && value <= 0xAC)
        || (value >= 0xAE && value <= 0xFF);
  }

  /** The {@code tokenizer.json}; always the same bytes. */
  public static byte[] file() {
    ObjectMapper json = new ObjectMapper();
    ObjectNode root = json.createObjectNode();
    root.put("version", "1.0");
    root.putNull("truncation");
    root.putNull("padding");
    root.putArray("added_tokens");
    root.putNull("normalizer");
    byteLevel(root, "pre_tokenizer");
    root.putNull("post_processor");
    byteLevel(root, "decoder");
    ObjectNode model = root.putObject("model");
    model.put("type", "BPE");
    model.putNull("dropout");
    model.putNull("unk_token");
    model.putNull("continuing_subword_prefix");
    model.putNull("end_of_word_suffix");
    model.put("fuse_unk", false);
    model.put("byte_fallback", false);
    ObjectNode vocabulary = model.putObject("vocab");
    for (int value = 0; value < SIZE; value++) {
      vocabulary.put(token(value), value);
    }
    model.putArray("merges");
    try {
      return json.writeValueAsBytes(root);
    } catch (IOException e) {
      throw new UncheckedIOException("writing JSON to memory", e);
    }
  }

  private static void byteLevel(ObjectNode root, String key) {
    ObjectNode part = root.putObject(key);
    part.put("type", "ByteLevel");
    part.put("add_prefix_space", false);
    part.put("trim_offsets", true);
    part.put("use_regex", false);
  }

  /** Digest of {@link #file}: by it an import knows the built-in tokenizer again. */
  public static String digest() {
    return TokenizerDigest.of(file());
  }
}
