package io.tributary.coordinator.job;

import io.tributary.coordinator.fold.FoldInput;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Where models are made and kept. Everything here takes disk time, so everything is a future; one
 * call at a time.
 */
public interface ModelStore {
  /** Makes the initial weights from specification and seed, and publishes them as round 0. */
  CompletableFuture<ModelReference> initialise();

  /** Folds updates into a new model that is not published yet. */
  CompletableFuture<Void> fold(ModelReference base, List<FoldInput> updates);

  /** Makes what was folded last the durable head. */
  CompletableFuture<ModelReference> publish(int round);
}
