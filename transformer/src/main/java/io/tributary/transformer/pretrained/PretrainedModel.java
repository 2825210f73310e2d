package io.tributary.transformer.pretrained;

import io.tributary.common.model.NewModelDirectory;
import io.tributary.common.model.TransformerConfig;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A model that came from elsewhere, in our parts and layout. */
public final class PretrainedModel {
  /** Name of the tokenizer's file beside a model that has one. */
  public static final String TOKENIZER_FILE = "tokenizer.json";

  private final String source;
  private final TransformerConfig config;
  private final float[] weights;
  private final Optional<byte[]> tokenizer;
  private final List<String> fresh;
  private final List<String> leftOut;

  PretrainedModel(
      String source,
      TransformerConfig config,
      float[] weights,
      Optional<byte[]> tokenizer,
      List<String> fresh,
      List<String> leftOut) {
    this.source = source;
    this.config = config;
    this.weights = weights;
    this.tokenizer = tokenizer;
    this.fresh = List.copyOf(fresh);
    this.leftOut = List.copyOf(leftOut);
  }

  /** Its parts; {@code tokenizer} is the digest of the file that came with it, or bytes. */
  public TransformerConfig config() {
    return config;
  }

  /** The flat vector in layout order; not a copy. */
  public float[] weights() {
    return weights;
  }

  /** Our tensors that the file did not have and that were made from the seed. */
  public List<String> fresh() {
    return fresh;
  }

  /** The file's tensors that have no place in our model. */
  public List<String> leftOut() {
    return leftOut;
  }

  /**
   * Writes a model directory: description, weights, and the tokenizer's file. It appears whole, in
   * one step, or not at all.
   *
   * @param directory must not exist, or be empty
   * @return the weights' digest, 64 hexadecimal digits
   * @throws FileAlreadyExistsException when there is something
   */
  public String write(Path directory) throws IOException {
    return NewModelDirectory.write(
        directory,
        "imported from " + source,
        0,
        config,
        weights,
        tokenizer.map(file -> Map.of(TOKENIZER_FILE, file)).orElse(Map.of()));
  }
}
