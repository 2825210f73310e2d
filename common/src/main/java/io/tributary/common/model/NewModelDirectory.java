package io.tributary.common.model;

import io.tributary.common.store.DurableFiles;
import io.tributary.common.store.NewTarget;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.Map;

/**
 * Makes a model directory that nothing trains in: an imported or a merged model. It appears whole,
 * in one step, or not at all, and never takes the place of anything.
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
    String[] digest = new String[1];
    NewTarget.directory(
        directory,
        unfinished -> {
          ModelDirectory model = new ModelDirectory(unfinished);
          Path unsealed = model.unsealedFile("new");
          ModelDirectory.write(unsealed, weights);
          digest[0] = model.seal(unsealed, config.layout().parameterCount());
          for (Map.Entry<String, byte[]> file : beside.entrySet()) {
            DurableFiles.write(unfinished.resolve(file.getKey()), file.getValue());
          }
          model.describe(ModelDescription.of(run, round, digest[0], config));
        });
    return digest[0];
  }
}
