package io.tributary.coordinator.job;

import io.tributary.common.tls.SiteName;
import io.tributary.coordinator.fold.FoldInput;
import io.tributary.coordinator.ledger.ModelRow;
import io.tributary.coordinator.round.SiteState;
import io.tributary.coordinator.round.SiteTask;
import io.tributary.coordinator.round.UpdateReceipt;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/**
 * Where models are made, published and kept. Everything here takes disk time, so everything is a
 * future; one call at a time.
 */
public interface ModelStore {
  /**
   * What the transparency log will say of a round beside its result.
   *
   * @param round from 1
   * @param attempt the CLOSED one
   * @param base the round started from
   * @param folded every update that was folded
   * @param dropped every other selected site
   */
  record Draft(
      int round,
      int attempt,
      ModelReference base,
      SortedMap<SiteName, UpdateReceipt> folded,
      SortedMap<SiteName, Dropped> dropped) {
    /** Copies the maps. */
    public Draft {
      folded = Collections.unmodifiableSortedMap(new TreeMap<>(folded));
      dropped = Collections.unmodifiableSortedMap(new TreeMap<>(dropped));
    }

    /** Sorts the tasks of an attempt that was folded: durable updates are in the model. */
    static Draft of(
        int round, int attempt, ModelReference base, SortedMap<SiteName, SiteTask> tasks) {
      SortedMap<SiteName, UpdateReceipt> folded = new TreeMap<>();
      SortedMap<SiteName, Dropped> dropped = new TreeMap<>();
      tasks.forEach(
          (site, task) -> {
            if (task.state() instanceof SiteState.Durable durable) {
              folded.put(site, durable.receipt());
            } else {
              dropped.put(site, new Dropped(task.state().label(), task.state().publicReason()));
            }
          });
      return new Draft(round, attempt, base, folded, dropped);
    }
  }

  /**
   * Why a site has no part in the model.
   *
   * @param state {@code dropped}, {@code late} or {@code refused}
   * @param reason in the coordinator's words only, never the site's
   */
  record Dropped(String state, String reason) {}

  /**
   * For a fresh run: makes the initial weights from specification and seed, and publishes them as
   * round 0.
   */
  CompletableFuture<ModelReference> initialise();

  /**
   * After a restart: checks the head's blob, and describes it if that was not done yet.
   *
   * @return fails with a {@link io.tributary.common.config.UserErrorException} when the blob is
   *     missing or damaged
   */
  CompletableFuture<ModelReference> reopen(ModelRow head);

  /** Folds updates into a new model that is not published yet. */
  CompletableFuture<Void> fold(ModelReference base, List<FoldInput> updates);

  /** Makes what was folded last the durable head: sealed, logged, in the ledger, described. */
  CompletableFuture<ModelReference> publish(Draft draft);
}
