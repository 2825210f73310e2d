package io.tributary.coordinator.store;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.config.UserErrorException.Kind;
import io.tributary.common.job.JobSpec;
import io.tributary.common.model.InitialWeights;
import io.tributary.common.model.ModelConfig;
import io.tributary.common.model.ModelDescription;
import io.tributary.common.model.ModelDirectory;
import io.tributary.common.model.StartingWeights;
import io.tributary.common.tensor.Layout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Models that jobs may start from: {@code HOME/imported/ANY-NAME/} is a model directory each, put
 * there by {@code tributary model import}. A job names the weights by their digest, so that what it
 * starts from is part of what everybody agrees on.
 */
public final class ImportedModels {
  /** More directories than this are not looked through. */
  private static final int MAX_MODELS = 1000;

  private final Path directory;

  /** Names the directory; it need not exist. */
  public ImportedModels(Path directory) {
    this.directory = directory;
  }

  /** The imported models of the home that a run belongs to. */
  static ImportedModels besideRun(ModelDirectory runModels) {
    Path run = runModels.path().toAbsolutePath().normalize().getParent();
    Path runs = run == null ? null : run.getParent();
    Path home = runs == null ? null : runs.getParent();
    return of(home == null ? runModels.path() : home);
  }

  /** The imported models of a home. */
  public static ImportedModels of(Path home) {
    return new ImportedModels(home.resolve("imported"));
  }

  /**
   * Checks that a job can start: it starts from its seed, or its model is here and fits.
   *
   * @throws UserErrorException saying what does not, and what to do
   */
  public void require(JobSpec job) {
    if (job.model().initialWeights() != null) {
      ModelDirectory model = find(job);
      try {
        ModelConfig source = model.description().config();
        StartingWeights.requireFit(job.model().config().layout(), source.layout());
        StartingWeights.requireSameMeaning(job.model().config(), source);
      } catch (IllegalArgumentException e) {
        throw new UserErrorException(
            Kind.USAGE, "model.initial-weights do not fit: " + e.getMessage(), e);
      }
    }
  }

  /**
   * Writes a job's first weights to an unsealed file.
   *
   * @throws UserErrorException when the model that it names is missing, damaged or does not fit
   */
  void writeFirst(JobSpec job, Path unsealed) throws IOException {
    Layout layout = job.model().config().layout();
    if (job.model().initialWeights() == null) {
      ModelDirectory.write(unsealed, new InitialWeights(layout, job.seed()));
      return;
    }
    require(job);
    ModelDirectory model = find(job);
    ModelDescription description = model.description();
    Layout source = description.config().layout();
    model.check(description.digest(), source.parameterCount());
    try (StartingWeights weights =
        StartingWeights.open(layout, job.seed(), source, model.weightsFile(description.digest()))) {
      ModelDirectory.write(unsealed, weights);
    }
  }

  private ModelDirectory find(JobSpec job) {
    String digest = job.model().initialWeights();
    for (Path candidate : candidates()) {
      ModelDirectory model = new ModelDirectory(candidate);
      if (model.describes(digest)) {
        return model;
      }
    }
    throw new UserErrorException(
        Kind.USAGE,
        "model.initial-weights is "
            + digest
            + " but no model in "
            + directory
            + " has that digest: put it there with tributary model import --out "
            + directory.resolve("NAME"));
  }

  private List<Path> candidates() {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.filter(Files::isDirectory).sorted().limit(MAX_MODELS).toList();
    } catch (IOException e) {
      throw new UserErrorException(
          Kind.FAILED, directory + " cannot be listed (" + e + "): check its permissions", e);
    }
  }
}
