package io.tributary.coordinator.store;

import io.tributary.common.job.JobSpec;
import io.tributary.common.model.InitialWeights;
import io.tributary.common.model.ModelDescription;
import io.tributary.common.model.ModelDirectory;
import io.tributary.common.tensor.Layout;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.WireLimits;
import io.tributary.coordinator.fold.Aggregator;
import io.tributary.coordinator.fold.FoldInput;
import io.tributary.coordinator.fold.TiledFold;
import io.tributary.coordinator.job.ModelReference;
import io.tributary.coordinator.job.ModelStore;
import io.tributary.coordinator.ledger.ModelRow;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * Makes and keeps models in a {@link ModelDirectory}: the head, and the one before it because sites
 * may still be fetching that.
 */
public final class FileModelStore implements ModelStore {
  private static final String NEXT = "next";

  private final ModelDirectory models;
  private final JobSpec job;
  private final Layout layout;
  private final WireLimits limits;
  private final Executor lane;
  private final TiledFold fold;
  private String headDigest; // confined to the lane

  /**
   * Makes a store.
   *
   * @param models an existing directory
   * @param pool where disk work is done, one call at a time
   */
  public FileModelStore(
      ModelDirectory models, JobSpec job, WireLimits limits, Aggregator aggregator, Executor pool) {
    this.models = models;
    this.job = job;
    this.layout = job.model().transformer().layout();
    this.limits = limits;
    this.lane = new SerialLane(pool);
    this.fold = new TiledFold(layout, job.fixedPoint(), aggregator);
  }

  @Override
  public CompletableFuture<ModelReference> initialise() {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            ModelDirectory.write(
                models.unsealedFile(NEXT), InitialWeights.create(layout, job.seed()));
            return publishNow(0);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        },
        lane);
  }

  @Override
  public CompletableFuture<ModelReference> reopen(ModelRow head) {
    return CompletableFuture.failedFuture(new UnsupportedOperationException("not built yet"));
  }

  @Override
  public CompletableFuture<Void> fold(ModelReference base, List<FoldInput> updates) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            fold.fold(base.weights(), updates, models.unsealedFile(NEXT));
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        },
        lane);
  }

  @Override
  public CompletableFuture<ModelReference> publish(Draft draft) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return publishNow(draft.round());
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        },
        lane);
  }

  private ModelReference publishNow(int round) throws IOException {
    String digest = models.seal(models.unsealedFile(NEXT), layout.parameterCount());
    Path weights = models.weightsFile(digest);
    long bytes = (long) layout.parameterCount() * Float.BYTES;
    Manifest manifest = Manifest.of(weights, limits.chunkBytesFor(bytes));
    models.describe(
        new ModelDescription(
            ModelDescription.FORMAT_VERSION, job.name(), round, digest, job.model().transformer()));
    Set<String> kept = new HashSet<>();
    kept.add(digest);
    if (headDigest != null) {
      kept.add(headDigest);
    }
    models.keepOnly(kept);
    headDigest = digest;
    return new ModelReference(round, digest, weights, manifest);
  }
}
