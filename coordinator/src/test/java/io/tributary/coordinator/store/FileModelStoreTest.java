package io.tributary.coordinator.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.model.InitialWeights;
import io.tributary.common.model.ModelDirectory;
import io.tributary.common.wire.WireLimits;
import io.tributary.coordinator.fold.FoldInput;
import io.tributary.coordinator.fold.UpdateFile;
import io.tributary.coordinator.fold.WeightedMean;
import io.tributary.coordinator.job.ModelReference;
import io.tributary.coordinator.job.ModelStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileModelStoreTest {
  @TempDir Path directory;
  private ModelDirectory models;
  private FileModelStore store;

  @BeforeEach
  void makeStore() throws IOException {
    models = new ModelDirectory(Files.createDirectory(directory.resolve("models")));
    store =
        new FileModelStore(
            models, Samples.JOB, WireLimits.DEFAULT, new WeightedMean(), Runnable::run);
  }

  private Path update(float value) throws IOException {
    return Files.write(directory.resolve("update"), Samples.content(Samples.update(value)));
  }

  private static ModelStore.Draft draft(int round) {
    return new ModelStore.Draft(round, 1, null, new TreeMap<>(), new TreeMap<>());
  }

  @Test
  void publishesInitialWeightsFromSpecificationAndSeed() {
    ModelReference initial = store.initialise().join();
    assertThat(models.weights(models.description()))
        .isEqualTo(InitialWeights.create(Samples.JOB.model().transformer().layout(), 3));
    assertThat(models.description().round()).isZero();
    assertThat(initial.manifest().totalBytes()).isEqualTo(4L * Samples.values());
  }

  @Test
  void foldingChangesNothingBeforePublishing() throws IOException {
    ModelReference initial = store.initialise().join();
    store.fold(initial, List.of(new FoldInput(new UpdateFile(update(0.5f)), 7))).join();
    assertThat(models.description().digest()).isEqualTo(initial.digest());
    ModelReference next = store.publish(draft(1)).join();
    assertThat(models.description().digest()).isEqualTo(next.digest());
    assertThat(models.description().round()).isEqualTo(1);
  }

  @Test
  void keepsTheHeadAndTheOneBefore() throws IOException {
    ModelReference zero = store.initialise().join();
    store.fold(zero, List.of(new FoldInput(new UpdateFile(update(0.5f)), 7))).join();
    ModelReference one = store.publish(draft(1)).join();
    store.fold(one, List.of(new FoldInput(new UpdateFile(update(0.5f)), 7))).join();
    ModelReference two = store.publish(draft(2)).join();
    assertThat(zero.weights()).doesNotExist();
    assertThat(one.weights()).exists();
    assertThat(two.weights()).exists();
  }

  @Test
  void aFailedFoldLeavesTheHeadAlone() {
    ModelReference initial = store.initialise().join();
    FoldInput missing = new FoldInput(new UpdateFile(directory.resolve("missing")), 1);
    assertThatThrownBy(() -> store.fold(initial, List.of(missing)).join())
        .hasRootCauseInstanceOf(java.nio.file.NoSuchFileException.class);
    assertThat(models.weights(models.description())).hasSize(Samples.values());
  }
}
