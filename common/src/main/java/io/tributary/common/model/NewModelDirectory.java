package io.tributary.common.model;

import io.tributary.common.store.DurableFiles;
import io.tributary.common.store.NewTarget;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Makes a model directory that nothing trains in: an imported, a merged or a kept model. It appears
 * whole, in one step, or not at all, and never takes the place of anything.
 */
public final class NewModelDirectory {
  private NewModelDirectory() {}

  /**
   * Writes description, weights and what stands beside them.
   *
   * @param directory must not exist, or be empty
   * @param run where the model comes from
   * @param round rounds of training in it
   * @param weights flat vector in layout order
   * @param beside other files by name, such as {@code tokenizer.json}
   * @return the weights' digest, 64 hexadecimal digits
   * @throws FileAlreadyExistsException when there is something
   */
  public static String write(
      Path directory,
      String run,
      int round,
      ModelConfig config,
      float[] weights,
      Map<String, byte[]> beside)
      throws IOException {
    return make(
        directory,
        unfinished -> {
          ModelDirectory model = new ModelDirectory(unfinished);
          Path unsealed = model.unsealedFile("new");
          ModelDirectory.write(unsealed, weights);
          String digest = model.seal(unsealed, config.layout().parameterCount());
          for (Map.Entry<String, byte[]> file : beside.entrySet()) {
            DurableFiles.write(unfinished.resolve(file.getKey()), file.getValue());
          }
          model.describe(ModelDescription.of(run, round, digest, config));
          return digest;
        });
  }

  /**
   * Keeps the model that a directory holds now, whatever becomes of that directory. The weights are
   * the same file under a second name where the file system can do that, a copy elsewhere; they are
   * checked by whoever reads them.
   *
   * @param directory must not exist, or be empty
   * @return the weights' digest
   * @throws FileAlreadyExistsException when there is something
   */
  public static String keep(Path directory, ModelDirectory source) throws IOException {
    ModelDescription description = source.description();
    String digest = description.digest();
    return make(
        directory,
        unfinished -> {
          ModelDirectory model = new ModelDirectory(unfinished);
          Path kept = model.weightsFile(digest);
          try {
            Files.createLink(kept, source.weightsFile(digest));
          } catch (UnsupportedOperationException | FileSystemException e) {
            DurableFiles.write(kept, out -> Files.copy(source.weightsFile(digest), out));
          }
          model.describe(description);
          return digest;
        });
  }

  /** Fills a new directory; returns the digest of its weights. */
  private interface Filling {
    String fill(Path unfinished) throws IOException;
  }

  private static String make(Path directory, Filling filling) throws IOException {
    String[] digest = new String[1];
    NewTarget.directory(directory, unfinished -> digest[0] = filling.fill(unfinished));
    return digest[0];
  }
}
