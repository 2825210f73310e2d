package io.tributary.coordinator.store;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.config.UserErrorException.Kind;
import io.tributary.common.job.JobSpec;
import io.tributary.common.model.InitialWeights;
import io.tributary.common.model.ModelConfig;
import io.tributary.common.model.ModelDescription;
import io.tributary.common.model.ModelDirectory;
import io.tributary.common.model.NewModelDirectory;
import io.tributary.common.model.StartingWeights;
import io.tributary.common.tensor.Layout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Models that jobs may start from: {@code HOME/imported/ANY-NAME/} is a model directory each, put
 * there by {@code tributary model import}, and so is the newest model of every run of the home. A
 * job names the weights by their digest, so that what it starts from is part of what everybody
 * agrees on.
 *
 * <p>A run goes on and replaces its newest model: one that a job starts from is kept under {@code
 * imported/} when the job is submitted, so that it is there when the job begins and when its log is
 * replayed.
 */
public final class ImportedModels {
  /** More directories than this are not looked through. */
  private static final int MAX_MODELS = 1000;

  private static final int NAMED_DIGITS = 12;

  private final Path home;
  private final Path directory;

  private ImportedModels(Path home) {
    this.home = home;
    this.directory = home.resolve("imported");
  }

  /** The imported models of the home that a run belongs to. */
  static ImportedModels besideRun(ModelDirectory runModels) {
    Path run = runModels.path().toAbsolutePath().normalize().getParent();
    Path runs = run == null ? null : run.getParent();
    Path home = runs == null ? null : runs.getParent();
    return of(home == null ? runModels.path() : home);
  }

  /** The models of a home; it need not have any. */
  public static ImportedModels of(Path home) {
    return new ImportedModels(home);
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
    return among(directories(directory), digest)
        .or(() -> keptFromRun(digest))
        .orElseThrow(
            () ->
                new UserErrorException(
                    Kind.USAGE,
                    "model.initial-weights is "
                        + digest
                        + " but no model in "
                        + directory
                        + " has that digest, nor is it the newest of a run of this home: put it"
                        + " there with tributary model import --out "
                        + directory.resolve("NAME")));
  }

  private static Optional<ModelDirectory> among(List<Path> candidates, String digest) {
    return candidates.stream()
        .map(ModelDirectory::new)
        .filter(model -> model.describes(digest))
        .findFirst();
  }

  private Optional<ModelDirectory> keptFromRun(String digest) {
    List<Path> heads =
        directories(CoordinatorHome.runs(home)).stream()
            .map(run -> new RunDirectory(run).modelDirectory().path())
            .toList();
    return among(heads, digest).map(this::keep);
  }

  private ModelDirectory keep(ModelDirectory head) {
    ModelDescription description = head.description();
    Path kept =
        directory.resolve(
            description.run() + "-" + description.digest().substring(0, NAMED_DIGITS));
    try {
      NewModelDirectory.keep(kept, head);
      return new ModelDirectory(kept);
    } catch (IOException e) {
      throw new UserErrorException(
          Kind.FAILED,
          "the model that the job starts from cannot be kept as "
              + kept
              + " ("
              + e
              + "): free some space, or put it there by hand",
          e);
    }
  }

  private static List<Path> directories(Path parent) {
    if (!Files.isDirectory(parent)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(parent)) {
      return entries.filter(Files::isDirectory).sorted().limit(MAX_MODELS).toList();
    } catch (IOException e) {
      throw new UserErrorException(
          Kind.FAILED, parent + " cannot be listed (" + e + "): check its permissions", e);
    }
  }
}
