package io.tributary.transformer.pretrained;

import io.tributary.common.model.ModelDescription;
import io.tributary.common.model.ModelDirectory;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.store.DurableFiles;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/** A model that came from elsewhere, in our parts and layout. */
public final class PretrainedModel {
  /** Name of the tokenizer's file beside a model that has one. */
  public static final String TOKENIZER_FILE = "tokenizer.json";

  private final String source;
  private final TransformerConfig config;
  private final float[] weights;
  private final byte[] tokenizer;
  private final List<String> fresh;
  private final List<String> leftOut;

  PretrainedModel(
      String source,
      TransformerConfig config,
      float[] weights,
      byte[] tokenizer,
      List<String> fresh,
      List<String> leftOut) {
    this.source = source;
    this.config = config;
    this.weights = weights;
    this.tokenizer = tokenizer;
    this.fresh = List.copyOf(fresh);
    this.leftOut = List.copyOf(leftOut);
  }

  /** Its parts; {@code tokenizer} is the digest of the file that came with it. */
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
    Path target = directory.toAbsolutePath().normalize();
    requireFree(target);
    Path parent = target.getParent();
    if (parent == null) {
      throw new IOException(directory + " has no parent directory");
    }
    Files.createDirectories(parent);
    Path unfinished =
        parent.resolve(
            target.getFileName() + "." + UUID.randomUUID() + DurableFiles.TEMPORARY_SUFFIX);
    Files.createDirectory(unfinished);
    try {
      ModelDirectory model = new ModelDirectory(unfinished);
      Path unsealed = model.unsealedFile("imported");
      ModelDirectory.write(unsealed, weights);
      String digest = model.seal(unsealed, weights.length);
      DurableFiles.write(unfinished.resolve(TOKENIZER_FILE), tokenizer);
      model.describe(ModelDescription.of("imported from " + source, 0, digest, config));
      try {
        Files.deleteIfExists(target); // an empty directory
        Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE);
      } catch (DirectoryNotEmptyException e) {
        throw exists(target);
      }
      DurableFiles.syncDirectory(parent);
      return digest;
    } catch (IOException | RuntimeException e) {
      deleteTree(unfinished, e);
      throw e;
    }
  }

  private static void requireFree(Path target) throws IOException {
    if (!Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (!Files.isDirectory(target, LinkOption.NOFOLLOW_LINKS)) {
      throw exists(target);
    }
    try (Stream<Path> files = Files.list(target)) {
      if (files.findAny().isPresent()) {
        throw exists(target);
      }
    }
  }

  private static FileAlreadyExistsException exists(Path target) {
    return new FileAlreadyExistsException(
        target.toString(), null, "it exists and is not overwritten");
  }

  private static void deleteTree(Path unfinished, Exception failure) {
    try (Stream<Path> files = Files.walk(unfinished)) {
      for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }
}
