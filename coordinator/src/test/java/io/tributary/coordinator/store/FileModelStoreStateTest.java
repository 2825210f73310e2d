package io.tributary.coordinator.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.ServerRules.Optimizer;
import io.tributary.common.model.ModelDirectory;
import io.tributary.common.notary.LogEntry;
import io.tributary.common.notary.StatementBodies;
import io.tributary.common.store.CrashMoment;
import io.tributary.common.store.CrashPoint;
import io.tributary.common.wire.Digest;
import io.tributary.common.wire.WireLimits;
import io.tributary.common.wire.v1.SignedStatement;
import io.tributary.coordinator.fold.FoldInput;
import io.tributary.coordinator.fold.UpdateFile;
import io.tributary.coordinator.fold.WeightedMean;
import io.tributary.coordinator.job.ModelReference;
import io.tributary.coordinator.job.ModelStore;
import io.tributary.coordinator.ledger.Ledger;
import io.tributary.coordinator.ledger.MemoryLedger;
import io.tributary.coordinator.ledger.ModelRow;
import io.tributary.coordinator.ledger.RunRow;
import io.tributary.coordinator.round.UpdateReceipt;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The state of a server optimizer is as durable as the model that it belongs to. */
class FileModelStoreStateTest {
  private static final RunRow RUN = Samples.runWith(Optimizer.MOMENTUM);
  private static final String RUN_ID = RUN.runId();

  @TempDir Path directory;
  private Ledger ledger;
  private ModelDirectory models;

  @BeforeEach
  void makeHome() throws IOException {
    home("models");
  }

  private void home(String name) throws IOException {
    models = new ModelDirectory(Files.createDirectory(directory.resolve(name)));
    ledger = new MemoryLedger();
    boolean unusedAdded = ledger.addRun(RUN);
  }

  private FileModelStore store(CrashPoint crash, ModelRetention retention) {
    return new FileModelStore(
        models,
        RUN,
        WireLimits.DEFAULT,
        new WeightedMean(),
        ledger,
        new Samples.CountingNotary(),
        Samples.CLOCK,
        Runnable::run,
        crash,
        retention);
  }

  private FileModelStore store() {
    return store(CrashPoint.NONE, ModelRetention.HEAD_AND_PREVIOUS);
  }

  private ModelReference round(FileModelStore store, int round, ModelReference base)
      throws IOException {
    if (ledger.attempt(RUN_ID, round).isEmpty()) {
      Samples.openAttempt(ledger, round, 1);
      Samples.close(ledger, round, 1);
    }
    ByteBuffer update = Samples.update(round == 1 ? 0.5f : -0.25f);
    Path file = Files.write(directory.resolve("update"), Samples.content(update));
    store
        .fold(
            base,
            List.of(new FoldInput(new UpdateFile(file), 7, Samples.manifest(update).digest())))
        .join();
    return store
        .publish(
            new ModelStore.Draft(
                round,
                1,
                base,
                new TreeMap<>(
                    Map.of(
                        Samples.NORTH,
                        new UpdateReceipt(
                            Samples.manifest(update).digest().hex(),
                            7,
                            SignedStatement.getDefaultInstance()))),
                new TreeMap<>()))
        .join();
  }

  private String state(int round) {
    return ledger.models(RUN_ID).get(round).optimizerState().orElseThrow();
  }

  private LogEntry entry(int sequence) throws Exception {
    return StatementBodies.entry(ledger.log(RUN_ID, sequence, 1).get(0).getBody());
  }

  private static float first(Path file) throws IOException {
    return ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN).getFloat();
  }

  @Test
  void rowAndSignedEntryNameTheStateThatTheRoundLeft() throws Exception {
    FileModelStore store = store();
    ModelReference zero = store.initialise().join();
    assertThat(ledger.models(RUN_ID).get(0).optimizerState()).isEmpty();
    assertThat(entry(0).optimizerState()).isEmpty();

    ModelReference one = round(store, 1, zero);
    Path file = models.stateFile(state(1));
    assertThat(entry(1).optimizerState()).hasValue(Digest.fromHex(state(1)));
    assertThat(Digest.sha256(Files.readAllBytes(file)).hex()).isEqualTo(state(1));
    assertThat(first(file)).isEqualTo(0.5f); // v = 0.9 · 0 + 0.5
    assertThat(first(one.weights())).isEqualTo((float) (first(zero.weights()) + 0.1 * 0.5));

    ModelReference two = round(store, 2, one);
    float v = (float) (0.9 * 0.5 - 0.25);
    assertThat(first(models.stateFile(state(2)))).isEqualTo(v);
    assertThat(first(two.weights()))
        .isEqualTo((float) (first(one.weights()) + 0.05 * (0.9 * 0.5 - 0.25)));
  }

  @Test
  void keepsTheHeadsStateOnlyUnlessReplayIsWanted() throws Exception {
    FileModelStore store = store();
    ModelReference one = round(store, 1, store.initialise().join());
    ModelReference two = round(store, 2, one);
    assertThat(one.weights()).exists();
    assertThat(two.weights()).exists();
    assertThat(models.stateFile(state(1))).doesNotExist();
    assertThat(models.stateFile(state(2))).exists();

    home("all");
    FileModelStore all = store(CrashPoint.NONE, ModelRetention.ALL);
    round(all, 2, round(all, 1, all.initialise().join()));
    assertThat(models.stateFile(state(1))).exists();
    assertThat(models.stateFile(state(2))).exists();
  }

  @Test
  void aKillAtAnyMomentOfPublishingGivesTheSameStateOnce() throws Exception {
    FileModelStore whole = store();
    round(whole, 2, round(whole, 1, whole.initialise().join()));
    ModelRow expected = ledger.head(RUN_ID).orElseThrow();
    for (int killedIn = 1; killedIn <= 2; killedIn++) {
      for (CrashMoment moment :
          List.of(
              CrashMoment.UPDATES_FOLDED,
              CrashMoment.MODEL_SEALED,
              CrashMoment.ROUND_PUBLISHED,
              CrashMoment.HEAD_DESCRIBED)) {
        home(moment + " in round " + killedIn);
        FileModelStore before = store();
        ModelReference head = before.initialise().join();
        if (killedIn == 2) {
          head = round(before, 1, head);
        }
        ModelReference base = head;
        int round = killedIn;
        FileModelStore dying = store(new Samples.DiesAt(moment), ModelRetention.HEAD_AND_PREVIOUS);
        assertThatThrownBy(() -> round(dying, round, base))
            .hasRootCauseMessage("killed at " + moment);

        FileModelStore next = store();
        head = next.reopen(ledger.head(RUN_ID).orElseThrow()).join();
        while (head.round() < 2) {
          head = round(next, head.round() + 1, head);
        }
        assertThat(ledger.head(RUN_ID)).hasValue(expected);
        models.checkState(expected.optimizerState().orElseThrow(), (long) Samples.values());
        try (var files = Files.list(models.path())) {
          assertThat(files.map(file -> file.getFileName().toString()))
              .filteredOn(name -> name.contains(".state"))
              .hasSize(1);
        }
      }
    }
  }

  @Test
  void aStateThatIsMissingOrDamagedIsRefusedAndNothingIsDeleted() throws Exception {
    FileModelStore store = store();
    ModelReference one = round(store, 1, store.initialise().join());
    Path file = models.stateFile(state(1));
    byte[] bytes = Files.readAllBytes(file);
    bytes[5] ^= 1;
    Files.write(file, bytes);
    refused("has SHA-256");
    assertThat(file).hasBinaryContent(bytes);
    Files.write(file, new byte[12]);
    refused("has 12 bytes");
    Files.delete(file);
    refused("is missing");
    assertThat(one.weights()).exists();
  }

  private void refused(String why) {
    ModelRow head = ledger.head(RUN_ID).orElseThrow();
    assertThatThrownBy(() -> store().reopen(head).join())
        .cause()
        .isInstanceOfSatisfying(
            UserErrorException.class,
            e -> assertThat(e.kind()).isEqualTo(UserErrorException.Kind.REFUSED))
        .hasMessageContaining("its optimizer's state of round 1 is missing or damaged")
        .hasMessageContaining(why)
        .hasMessageContaining("Nothing was deleted. Put " + models.stateFile(state(1)) + " back");
  }
}
