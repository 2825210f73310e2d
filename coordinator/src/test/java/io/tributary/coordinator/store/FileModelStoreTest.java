package io.tributary.coordinator.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.AggregationRules;
import io.tributary.common.model.InitialWeights;
import io.tributary.common.model.ModelDirectory;
import io.tributary.common.notary.LogEntry;
import io.tributary.common.notary.Pseudonyms;
import io.tributary.common.notary.StatementBodies;
import io.tributary.common.store.CrashMoment;
import io.tributary.common.store.CrashPoint;
import io.tributary.common.wire.Digest;
import io.tributary.common.wire.WireLimits;
import io.tributary.common.wire.v1.SignedStatement;
import io.tributary.coordinator.fold.AggregationRefusedException;
import io.tributary.coordinator.fold.FoldInput;
import io.tributary.coordinator.fold.Krum;
import io.tributary.coordinator.fold.UpdateFile;
import io.tributary.coordinator.fold.WeightedMean;
import io.tributary.coordinator.job.ModelReference;
import io.tributary.coordinator.job.ModelStore;
import io.tributary.coordinator.ledger.Ledger;
import io.tributary.coordinator.ledger.MemoryLedger;
import io.tributary.coordinator.ledger.ModelRow;
import io.tributary.coordinator.round.UpdateReceipt;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileModelStoreTest {
  private static final String RUN_ID = Samples.RUN.runId();
  private static final Digest UPDATE = Samples.manifest(Samples.update(0.5f)).digest();

  @TempDir Path directory;
  private Ledger ledger;
  private ModelDirectory models;
  private FileModelStore store;

  @BeforeEach
  void makeStore() throws IOException {
    models = new ModelDirectory(Files.createDirectory(directory.resolve("models")));
    ledger = new MemoryLedger();
    boolean unusedAdded = ledger.addRun(Samples.RUN);
    store = newStore(CrashPoint.NONE);
  }

  private FileModelStore newStore(CrashPoint crash, ModelRetention... retention) {
    return new FileModelStore(
        models,
        Samples.RUN,
        WireLimits.DEFAULT,
        new WeightedMean(),
        ledger,
        new Samples.CountingNotary(),
        Samples.CLOCK,
        Runnable::run,
        crash,
        retention.length == 0 ? ModelRetention.HEAD_AND_PREVIOUS : retention[0]);
  }

  private List<FoldInput> inputs() throws IOException {
    Path file = Files.write(directory.resolve("update"), Samples.content(Samples.update(0.5f)));
    return List.of(new FoldInput(new UpdateFile(file), 7, UPDATE));
  }

  private static ModelStore.Draft draft(int round, ModelReference base) {
    return new ModelStore.Draft(
        round,
        1,
        base,
        new TreeMap<>(
            Map.of(
                Samples.NORTH,
                new UpdateReceipt(UPDATE.hex(), 7, SignedStatement.getDefaultInstance()))),
        new TreeMap<>(Map.of(Samples.SOUTH, new ModelStore.Dropped("late", "the round closed"))));
  }

  /** As the round does it: attempt, fold, publication. */
  private ModelReference round(FileModelStore with, int round, ModelReference base)
      throws IOException {
    if (ledger.attempt(RUN_ID, round).isEmpty()) {
      Samples.openAttempt(ledger, round, 1);
      Samples.close(ledger, round, 1);
    }
    with.fold(base, inputs()).join();
    return with.publish(draft(round, base)).join();
  }

  private LogEntry entry(int sequence) throws Exception {
    return StatementBodies.entry(ledger.log(RUN_ID, sequence, 1).get(0).getBody());
  }

  @Test
  void publishesInitialWeightsFromSpecificationAndSeedWithEntryZero() throws Exception {
    ModelReference initial = store.initialise().join();
    assertThat(models.weights(models.description()))
        .isEqualTo(InitialWeights.create(Samples.JOB.model().config().layout(), 3));
    assertThat(models.description().round()).isZero();
    assertThat(initial.manifest().totalBytes()).isEqualTo(4L * Samples.values());
    assertThat(ledger.head(RUN_ID)).hasValue(row(0, initial.digest()));
    assertThat(entry(0))
        .isEqualTo(
            new LogEntry(
                RUN_ID,
                0,
                LogEntry.NOTHING,
                Digest.sha256(Samples.JOB.toJson()),
                0,
                LogEntry.NOTHING,
                List.of(),
                List.of(),
                Digest.fromHex(initial.digest()),
                Samples.NOW));
  }

  private static ModelRow row(int round, String digest) {
    return new ModelRow(round, digest, java.util.Optional.empty());
  }

  @Test
  void foldingChangesNothingBeforePublishing() throws IOException {
    ModelReference initial = store.initialise().join();
    store.fold(initial, inputs()).join();
    assertThat(models.description().digest()).isEqualTo(initial.digest());
    assertThat(ledger.head(RUN_ID)).hasValue(row(0, initial.digest()));
    ModelReference next = round(store, 1, initial);
    assertThat(models.description().digest()).isEqualTo(next.digest());
    assertThat(models.description().round()).isEqualTo(1);
    assertThat(ledger.head(RUN_ID)).hasValue(row(1, next.digest()));
  }

  @Test
  void theLogSaysWhatWasFoldedAndDroppedUnderPseudonymsChainedToTheEntryBefore() throws Exception {
    ModelReference initial = store.initialise().join();
    ModelReference next = round(store, 1, initial);
    Pseudonyms pseudonyms = new Pseudonyms(Samples.RUN.pseudonymKey());
    assertThat(entry(1))
        .isEqualTo(
            new LogEntry(
                RUN_ID,
                1,
                StatementBodies.hash(ledger.log(RUN_ID, 0, 1).get(0)),
                Digest.sha256(Samples.JOB.toJson()),
                1,
                Digest.fromHex(initial.digest()),
                List.of(new LogEntry.Folded(pseudonyms.of(Samples.NORTH), UPDATE, 7)),
                List.of(
                    new LogEntry.Dropped(pseudonyms.of(Samples.SOUTH), "late", "the round closed")),
                Digest.fromHex(next.digest()),
                Samples.NOW));
  }

  @Test
  void keepsTheHeadAndTheOneBeforeAlsoOverARestart() throws IOException {
    ModelReference zero = store.initialise().join();
    ModelReference one = round(store, 1, zero);
    store = newStore(CrashPoint.NONE);
    ModelReference reopened = store.reopen(row(1, one.digest())).join();
    assertThat(reopened).isEqualTo(one);
    ModelReference two = round(store, 2, reopened);
    assertThat(zero.weights()).doesNotExist();
    assertThat(one.weights()).exists();
    assertThat(two.weights()).exists();
  }

  @Test
  void keepsEveryModelWhereReplayIsWanted() throws IOException {
    store = newStore(CrashPoint.NONE, ModelRetention.ALL);
    ModelReference zero = store.initialise().join();
    ModelReference one = round(store, 1, zero);
    ModelReference two = round(store, 2, one);
    for (ModelReference model : List.of(zero, one, two)) {
      assertThat(model.weights()).exists();
    }
  }

  @Test
  void aKillAtAnyMomentOfInitialisingIsMadeGood() {
    String expected = store.initialise().join().digest();
    for (CrashMoment moment :
        List.of(CrashMoment.INITIAL_MODEL_SEALED, CrashMoment.INITIAL_MODEL_PUBLISHED)) {
      restartWithNothing();
      assertThatThrownBy(() -> newStore(new Samples.DiesAt(moment)).initialise().join())
          .hasRootCauseMessage("killed at " + moment);
      FileModelStore next = newStore(CrashPoint.NONE);
      ModelReference initial =
          ledger.head(RUN_ID).map(next::reopen).orElseGet(next::initialise).join();
      assertThat(initial.digest()).isEqualTo(expected);
      assertThat(models.description().digest()).isEqualTo(expected);
      assertThat(ledger.log(RUN_ID, 0, 9)).hasSize(1);
    }
  }

  private void restartWithNothing() {
    ledger = new MemoryLedger();
    boolean unusedAdded = ledger.addRun(Samples.RUN);
    try {
      models.keepOnly(java.util.Set.of());
      Files.deleteIfExists(models.path().resolve(ModelDirectory.DESCRIPTION_FILE));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void aKillAtAnyMomentOfPublishingGivesTheSameModelOnce() throws Exception {
    ModelReference base = store.initialise().join();
    String expected = round(store, 1, base).digest();
    for (CrashMoment moment :
        List.of(
            CrashMoment.UPDATES_FOLDED,
            CrashMoment.MODEL_SEALED,
            CrashMoment.ROUND_PUBLISHED,
            CrashMoment.HEAD_DESCRIBED)) {
      restartWithNothing();
      store = newStore(CrashPoint.NONE);
      ModelReference initial = store.initialise().join();
      assertThatThrownBy(() -> round(newStore(new Samples.DiesAt(moment)), 1, initial))
          .hasRootCauseMessage("killed at " + moment);

      FileModelStore next = newStore(CrashPoint.NONE);
      ModelReference head = next.reopen(ledger.head(RUN_ID).orElseThrow()).join();
      assertThat(models.description().digest()).isEqualTo(head.digest());
      if (head.round() == 0) {
        head = round(next, 1, head);
      }
      assertThat(head.digest()).isEqualTo(expected);
      assertThat(models.description().digest()).isEqualTo(expected);
      assertThat(ledger.models(RUN_ID)).hasSize(2);
      assertThat(ledger.log(RUN_ID, 0, 9)).hasSize(2);
      assertThat(files()).doesNotContain("next.f32.tmp");
    }
  }

  private List<String> files() throws IOException {
    List<String> names = new ArrayList<>();
    try (var files = Files.list(models.path())) {
      files.forEach(file -> names.add(file.getFileName().toString()));
    }
    return names;
  }

  @Test
  void aDescriptionThatCannotBeWrittenDoesNotUndoThePublication() throws IOException {
    ModelReference initial = store.initialise().join();
    Path description = models.path().resolve(ModelDirectory.DESCRIPTION_FILE);
    Files.delete(description);
    Files.createDirectories(description.resolve("in the way"));
    ModelReference next = round(store, 1, initial);
    assertThat(ledger.head(RUN_ID)).hasValue(row(1, next.digest()));
    Files.delete(description.resolve("in the way"));
    Files.delete(description);
    var unusedHead = newStore(CrashPoint.NONE).reopen(row(1, next.digest())).join();
    assertThat(models.description().digest()).isEqualTo(next.digest());
  }

  @Test
  void refusesAHeadThatIsMissingOrDamagedAndDeletesNothing() throws IOException {
    ModelReference initial = store.initialise().join();
    ModelRow head = row(0, initial.digest());
    byte[] weights = Files.readAllBytes(initial.weights());
    weights[0] ^= 1;
    Files.write(initial.weights(), weights);
    refused(head, "has SHA-256");
    assertThat(initial.weights()).hasBinaryContent(weights);
    Files.write(initial.weights(), new byte[8]);
    refused(head, "has 8 bytes");
    Files.delete(initial.weights());
    refused(head, "is missing");
  }

  private void refused(ModelRow head, String why) {
    assertThatThrownBy(() -> newStore(CrashPoint.NONE).reopen(head).join())
        .cause()
        .isInstanceOfSatisfying(
            UserErrorException.class,
            e -> assertThat(e.kind()).isEqualTo(UserErrorException.Kind.REFUSED))
        .hasMessageContaining(why)
        .hasMessageContaining("back from a backup")
        .hasMessageContaining(models.weightsFile(head.digest()).toString());
  }

  @Test
  void aRuleThatDoesNotApplyFailsTheFoldWithTheNumbersAndLeavesTheHeadAlone() throws IOException {
    ModelReference initial = store.initialise().join();
    FileModelStore krum =
        new FileModelStore(
            models,
            Samples.RUN,
            WireLimits.DEFAULT,
            new Krum(new AggregationRules(AggregationRules.Rule.KRUM, null, 1, null, null, null)),
            ledger,
            new Samples.CountingNotary(),
            Samples.CLOCK,
            Runnable::run,
            CrashPoint.NONE);
    List<FoldInput> one = inputs();
    assertThatThrownBy(() -> krum.fold(initial, one).join())
        .hasRootCauseInstanceOf(AggregationRefusedException.class)
        .hasMessageContaining("needs at least 2 · 1 + 3 = 5 updates, but 1 came");
    assertThat(models.weights(models.description())).hasSize(Samples.values());
  }

  @Test
  void aFailedFoldLeavesTheHeadAlone() {
    ModelReference initial = store.initialise().join();
    FoldInput missing = new FoldInput(new UpdateFile(directory.resolve("missing")), 1, UPDATE);
    assertThatThrownBy(() -> store.fold(initial, List.of(missing)).join())
        .hasRootCauseInstanceOf(java.nio.file.NoSuchFileException.class);
    assertThat(models.weights(models.description())).hasSize(Samples.values());
  }
}
