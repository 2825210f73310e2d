package io.tributary.coordinator.store;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.config.UserErrorException.Kind;
import io.tributary.common.job.JobSpec;
import io.tributary.common.model.ModelDescription;
import io.tributary.common.model.ModelDirectory;
import io.tributary.common.notary.Notary;
import io.tributary.common.store.CrashMoment;
import io.tributary.common.store.CrashPoint;
import io.tributary.common.tensor.Layout;
import io.tributary.common.wire.Digest;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.WireLimits;
import io.tributary.coordinator.fold.Aggregator;
import io.tributary.coordinator.fold.FoldInput;
import io.tributary.coordinator.fold.ServerStep;
import io.tributary.coordinator.fold.TiledFold;
import io.tributary.coordinator.job.ModelReference;
import io.tributary.coordinator.job.ModelStore;
import io.tributary.coordinator.ledger.Ledger;
import io.tributary.coordinator.ledger.ModelRow;
import io.tributary.coordinator.ledger.Publication;
import io.tributary.coordinator.ledger.RunRow;
import io.tributary.coordinator.optimize.ServerOptimizers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes, publishes and keeps one run's models in a {@link ModelDirectory}.
 *
 * <pre>
 * fold ─┬► unsealed file ──► sealed under its digest ─┬─► entry signed ─► ledger ─► model.json
 *       └► unsealed state ─► sealed under its digest ─┘                  (head)    (derived)
 *                            (durable, not the head)
 * </pre>
 *
 * <p>The state is what the server's optimizer remembers; there is none for plain averaging. It
 * belongs to the head as the weights do: the next round starts from both.
 *
 * <p>Only the ledger says what the head is. Up to its transaction everything can be done again with
 * the same result; from then on nothing can fail the publication any more: {@code model.json} is
 * written again by the next publication or the next start.
 */
public final class FileModelStore implements ModelStore {
  private static final Logger LOG = LoggerFactory.getLogger(FileModelStore.class);

  private static final String NEXT = "next";

  /** The head, and the one before it. */
  private static final int KEPT_MODELS = 2;

  /** Of the head only: nobody but the next round needs it. */
  private static final int KEPT_STATES = 1;

  private interface Work<T> {
    T run() throws IOException;
  }

  private final ModelDirectory models;
  private final RunRow run;
  private final JobSpec job;
  private final Layout layout;
  private final WireLimits limits;
  private final Ledger ledger;
  private final RunLog log;
  private final Executor lane;
  private final TiledFold fold;
  private final long stateValues;
  private final CrashPoint crash;
  private final ModelRetention retention;

  /** Makes a store that keeps the head and the model before it. */
  public FileModelStore(
      ModelDirectory models,
      RunRow run,
      WireLimits limits,
      Aggregator aggregator,
      Ledger ledger,
      Notary notary,
      Clock clock,
      Executor pool,
      CrashPoint crash) {
    this(
        models,
        run,
        limits,
        aggregator,
        ledger,
        notary,
        clock,
        pool,
        crash,
        ModelRetention.HEAD_AND_PREVIOUS);
  }

  /**
   * Makes a store.
   *
   * @param models an existing directory
   * @param pool where disk work is done, one call at a time
   */
  public FileModelStore(
      ModelDirectory models,
      RunRow run,
      WireLimits limits,
      Aggregator aggregator,
      Ledger ledger,
      Notary notary,
      Clock clock,
      Executor pool,
      CrashPoint crash,
      ModelRetention retention) {
    this.models = models;
    this.run = run;
    this.job = run.job();
    this.layout = job.model().config().layout();
    this.limits = limits;
    this.ledger = ledger;
    this.log = new RunLog(run, ledger, notary, clock);
    this.lane = new SerialLane(pool);
    this.fold = new TiledFold(layout, job.fixedPoint(), aggregator);
    this.stateValues = ServerOptimizers.stateValues(job);
    this.crash = crash;
    this.retention = retention;
  }

  @Override
  public CompletableFuture<ModelReference> initialise() {
    return inLane(
        () -> {
          ImportedModels.besideRun(models).writeFirst(job, models.unsealedFile(NEXT));
          String digest = models.seal(models.unsealedFile(NEXT), layout.parameterCount());
          crash.reached(CrashMoment.INITIAL_MODEL_SEALED);
          ModelReference initial = reference(0, digest);
          ledger.publishInitial(
              run.runId(),
              new ModelRow(0, digest, Optional.empty()),
              log.first(Digest.fromHex(digest)));
          crash.reached(CrashMoment.INITIAL_MODEL_PUBLISHED);
          describeHead(0, digest);
          return initial;
        });
  }

  @Override
  public CompletableFuture<ModelReference> reopen(ModelRow head) {
    return inLane(
        () -> {
          try {
            models.check(head.digest(), layout.parameterCount());
          } catch (IOException e) {
            throw refused("model", head, models.weightsFile(head.digest()), e);
          }
          if (head.optimizerState().isPresent()) {
            String state = head.optimizerState().get();
            try {
              models.checkState(state, stateValues);
            } catch (IOException e) {
              throw refused("optimizer's state", head, models.stateFile(state), e);
            }
          }
          if (!models.describes(head.digest())) {
            describeHead(head.round(), head.digest());
          }
          return reference(head.round(), head.digest());
        });
  }

  private UserErrorException refused(String what, ModelRow head, Path file, IOException cause) {
    return new UserErrorException(
        Kind.REFUSED,
        "run "
            + run.name()
            + " cannot go on: its "
            + what
            + " of round "
            + head.round()
            + " is missing or damaged ("
            + cause.getMessage()
            + "). Nothing was deleted. Put "
            + file
            + " back from a backup and start again: sha256sum must print what the file's name"
            + " says",
        cause);
  }

  @Override
  public CompletableFuture<Void> fold(ModelReference base, List<FoldInput> updates) {
    return inLane(
        () -> {
          fold.fold(base.weights(), updates, models.unsealedFile(NEXT), step(base));
          crash.reached(CrashMoment.UPDATES_FOLDED);
          return (Void) null;
        });
  }

  /** From the state that the ledger names, so that a round folded again gives the same bits. */
  private ServerStep step(ModelReference base) {
    Optional<Path> before =
        ledger
            .head(run.runId())
            .filter(head -> head.round() == base.round())
            .orElseThrow(() -> new IllegalStateException(base.digest() + " is not the head"))
            .optimizerState()
            .map(models::stateFile);
    return ServerOptimizers.step(job, base.round() + 1, before, models.unsealedStateFile(NEXT));
  }

  @Override
  public CompletableFuture<ModelReference> publish(Draft draft) {
    return inLane(
        () -> {
          Optional<String> state =
              stateValues == 0
                  ? Optional.empty()
                  : Optional.of(models.sealState(models.unsealedStateFile(NEXT), stateValues));
          String digest = models.seal(models.unsealedFile(NEXT), layout.parameterCount());
          crash.reached(CrashMoment.MODEL_SEALED);
          ModelReference next = reference(draft.round(), digest);
          ledger.publish(
              new Publication(
                  run.runId(),
                  draft.round(),
                  draft.attempt(),
                  new ModelRow(draft.round(), digest, state),
                  log.next(draft, Digest.fromHex(digest), state.map(Digest::fromHex))));
          crash.reached(CrashMoment.ROUND_PUBLISHED);
          describeHead(draft.round(), digest);
          crash.reached(CrashMoment.HEAD_DESCRIBED);
          return next;
        });
  }

  /** Everything a reference needs, before the ledger makes it the head. */
  private ModelReference reference(int round, String digest) throws IOException {
    Path weights = models.weightsFile(digest);
    long bytes = (long) layout.parameterCount() * Float.BYTES;
    return new ModelReference(
        round, digest, weights, Manifest.of(weights, limits.chunkBytesFor(bytes)));
  }

  /** Follows the ledger; a full disk here does not undo a publication. */
  private void describeHead(int round, String digest) {
    try {
      models.describe(ModelDescription.of(job.name(), round, digest, job.model().config()));
      List<ModelRow> published = ledger.models(run.runId());
      Set<String> kept = new HashSet<>();
      newest(published, KEPT_MODELS).forEach(model -> kept.add(model.digest()));
      newest(published, KEPT_STATES).forEach(model -> model.optimizerState().ifPresent(kept::add));
      models.keepOnly(kept);
    } catch (IOException e) {
      LOG.error(
          "run={} round={} is published, but {} is not described yet: {}",
          job.name(),
          round,
          models.path(),
          e.toString());
    }
  }

  private List<ModelRow> newest(List<ModelRow> published, int count) {
    int first = retention == ModelRetention.ALL ? 0 : Math.max(0, published.size() - count);
    return published.subList(first, published.size());
  }

  private <T> CompletableFuture<T> inLane(Work<T> work) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return work.run();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        },
        lane);
  }
}
