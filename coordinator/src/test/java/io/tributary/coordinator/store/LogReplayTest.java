package io.tributary.coordinator.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.netty.buffer.Unpooled;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.ServerRules;
import io.tributary.common.store.CrashPoint;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.ChunkSet;
import io.tributary.common.wire.Digest;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.WireLimits;
import io.tributary.common.wire.v1.LogEntryBody;
import io.tributary.common.wire.v1.SignedStatement;
import io.tributary.coordinator.fold.FoldInput;
import io.tributary.coordinator.fold.WeightedMean;
import io.tributary.coordinator.job.ModelReference;
import io.tributary.coordinator.job.ModelStore;
import io.tributary.coordinator.job.UploadStore.Commit;
import io.tributary.coordinator.ledger.ForwardingLedger;
import io.tributary.coordinator.ledger.Ledger;
import io.tributary.coordinator.ledger.MemoryLedger;
import io.tributary.coordinator.ledger.RunRow;
import io.tributary.coordinator.round.UpdateReceipt;
import io.tributary.coordinator.store.RoundReplay.Outcome;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LogReplayTest {
  @TempDir Path home;
  private final Ledger ledger = new MemoryLedger();
  private RunRow run = Samples.RUN;
  private SpoolEncryption encryption = SpoolEncryption.NONE;
  private ModelRetention retention = ModelRetention.HEAD_AND_PREVIOUS;
  private RunDirectory directory;
  private Path scratch;

  /** Three rounds as a coordinator makes them, with every spool kept. */
  private void train() throws IOException {
    directory = new RunDirectory(home.resolve("run"));
    directory.create();
    scratch = home.resolve("scratch");
    boolean unusedAdded = ledger.addRun(run);
    SpoolUploadStore uploads =
        new SpoolUploadStore(
            directory.spool(),
            directory.keys(),
            Optional.of(directory.kept()),
            run,
            ledger,
            new Samples.CountingNotary(),
            Samples.CLOCK,
            encryption,
            Runnable::run,
            CrashPoint.NONE,
            (site, task, done, total) -> {});
    FileModelStore models =
        new FileModelStore(
            directory.modelDirectory(),
            run,
            WireLimits.DEFAULT,
            new WeightedMean(),
            ledger,
            new Samples.CountingNotary(),
            Samples.CLOCK,
            Runnable::run,
            CrashPoint.NONE,
            retention);
    ModelReference head = models.initialise().join();
    for (int round = 1; round <= 3; round++) {
      TaskId task = Samples.task(round, 1);
      Samples.openAttempt(ledger, round, 1);
      SortedMap<SiteName, UpdateReceipt> folded = new TreeMap<>();
      folded.put(Samples.NORTH, upload(uploads, Samples.NORTH, task, 0.1f * round, 7));
      folded.put(Samples.SOUTH, upload(uploads, Samples.SOUTH, task, -0.7f / round, 900));
      Samples.close(ledger, round, 1);
      models
          .fold(
              head,
              List.of(
                  input(uploads, folded, Samples.SOUTH, task),
                  input(uploads, folded, Samples.NORTH, task)))
          .join();
      head = models.publish(new ModelStore.Draft(round, 1, head, folded, new TreeMap<>())).join();
      uploads.roundEnded(round);
    }
  }

  private static FoldInput input(
      SpoolUploadStore store,
      SortedMap<SiteName, UpdateReceipt> folded,
      SiteName site,
      TaskId task) {
    UpdateReceipt receipt = folded.get(site);
    return new FoldInput(
        store.source(site, task), receipt.weight(), Digest.fromHex(receipt.updateDigest()));
  }

  private static UpdateReceipt upload(
      SpoolUploadStore store, SiteName site, TaskId task, float value, long weight) {
    ByteBuffer update = Samples.update(value);
    Manifest manifest = Samples.manifest(update);
    ChunkSet lacking = store.open(site, task, manifest).join();
    for (int i = lacking.next(0); i >= 0; i = lacking.next(i + 1)) {
      store
          .chunk(
              site,
              task,
              i,
              Unpooled.wrappedBuffer(
                  update.slice((int) manifest.chunkOffset(i), manifest.chunkLength(i))))
          .join();
    }
    return ((Commit.Durable) store.commit(site, task, Samples.facts(update, weight)).join())
        .receipt();
  }

  private List<RoundReplay> replay() {
    return LogReplay.replay(directory, ledger, run, encryption, scratch);
  }

  @Test
  void reproducesEveryDigestFromSpecificationSeedAndKeptUpdates() throws IOException {
    train();
    for (Path model : list(directory.models())) {
      Files.delete(model); // nothing but seed and updates is needed
    }
    assertThat(replay())
        .hasSize(4)
        .allSatisfy(
            round -> {
              assertThat(round.outcome()).as(round.detail()).isEqualTo(Outcome.REPRODUCED);
              assertThat(round.actual()).hasValue(round.expected());
            });
    assertThat(scratch).isEmptyDirectory();
  }

  @ParameterizedTest
  @EnumSource(
      value = ServerRules.Optimizer.class,
      names = {"MOMENTUM", "ADAGRAD", "ADAM", "YOGI"})
  void carriesTheOptimizersStateFromRoundToRound(ServerRules.Optimizer optimizer)
      throws IOException {
    run = Samples.runWith(optimizer);
    train();
    for (Path blob : list(directory.models())) {
      Files.delete(blob); // weights and state alike
    }
    assertThat(replay())
        .hasSize(4)
        .allSatisfy(
            round -> assertThat(round.outcome()).as(round.detail()).isEqualTo(Outcome.REPRODUCED));
    assertThat(scratch).isEmptyDirectory();
  }

  @Test
  void withoutTheStateBeforeItARoundIsNotFoldedAtAll() throws IOException {
    run = Samples.runWith(ServerRules.Optimizer.ADAM);
    train();
    Files.delete(directory.kept().resolve("2/north.part"));
    List<RoundReplay> rounds = replay();
    // The model of round 2 is still published, but of states only the head's, which is round 3's.
    assertThat(rounds)
        .extracting(RoundReplay::outcome)
        .containsExactly(
            Outcome.REPRODUCED, Outcome.REPRODUCED, Outcome.NOT_REPLAYABLE, Outcome.NOT_REPLAYABLE);
    assertThat(rounds.get(3).actual()).isEmpty();
    assertThat(rounds.get(3).detail())
        .contains("the optimizer's state that it starts from was not replayed")
        .contains(".state is missing");
  }

  @Test
  void goesOnFromAKeptStateThatTheLogNames() throws IOException {
    run = Samples.runWith(ServerRules.Optimizer.YOGI);
    retention = ModelRetention.ALL;
    train();
    Files.delete(directory.kept().resolve("2/north.part"));
    assertThat(replay())
        .extracting(RoundReplay::outcome)
        .containsExactly(
            Outcome.REPRODUCED, Outcome.REPRODUCED, Outcome.NOT_REPLAYABLE, Outcome.REPRODUCED);

    String state = ledger.models(run.runId()).get(2).optimizerState().orElseThrow();
    Path file = directory.modelDirectory().stateFile(state);
    byte[] changed = Files.readAllBytes(file);
    changed[0] ^= 1;
    Files.write(file, changed);
    assertThat(replay().get(3).detail()).contains("has SHA-256");
  }

  @Test
  void anotherStateThanTheLogNamesIsADifferenceEvenUnderTheSameModel() throws IOException {
    run = Samples.runWith(ServerRules.Optimizer.MOMENTUM);
    train();
    Ledger other =
        new ForwardingLedger(ledger) {
          @Override
          public List<SignedStatement> log(String runId, int from, int most) {
            return super.log(runId, from, most).stream().map(LogReplayTest::exchanged).toList();
          }
        };
    List<RoundReplay> rounds = LogReplay.replay(directory, other, run, encryption, scratch);
    assertThat(rounds)
        .extracting(RoundReplay::outcome)
        .containsExactly(
            Outcome.REPRODUCED, Outcome.REPRODUCED, Outcome.REPRODUCED, Outcome.DIFFERENT);
    assertThat(rounds.get(3).actual()).hasValue(rounds.get(3).expected());
    assertThat(rounds.get(3).detail())
        .contains("the model is the log's, but the optimizer's state has digest")
        .contains(Digest.sha256(new byte[9]).hex());
  }

  /** Round 3's entry with the digest of another state. */
  private static SignedStatement exchanged(SignedStatement statement) {
    try {
      LogEntryBody body = LogEntryBody.parseFrom(statement.getBody());
      return body.getSequence() < 3
          ? statement
          : statement.toBuilder()
              .setBody(
                  body.toBuilder()
                      .setOptimizerStateDigest(
                          ByteString.copyFrom(Digest.sha256(new byte[9]).bytes()))
                      .build()
                      .toByteString())
              .build();
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static List<Path> list(Path directory) throws IOException {
    try (var files = Files.list(directory)) {
      return files.toList();
    }
  }

  @Test
  void replaysEncipheredUpdatesWithTheWrappingKeyOnly() throws IOException {
    Path key = home.resolve("wrapping.key");
    SpoolEncryption.createWrappingKey(key, new SecureRandom());
    encryption = SpoolEncryption.withWrappingKey(key, new SecureRandom());
    train();
    assertThat(replay()).extracting(RoundReplay::outcome).containsOnly(Outcome.REPRODUCED);
    encryption = SpoolEncryption.NONE;
    assertThatThrownBy(this::replay)
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("name the wrapping key");
  }

  @Test
  void saysWhichUpdateIsMissingOrChangedAndGoesOnFromThePublishedModel() throws IOException {
    train();
    Path gone = directory.kept().resolve("1/north.part");
    Files.delete(gone);
    List<RoundReplay> rounds = replay();
    assertThat(rounds)
        .extracting(RoundReplay::outcome)
        // Round 2 starts from model 1, which is not kept any more; round 3 from model 2, which is.
        .containsExactly(
            Outcome.REPRODUCED, Outcome.NOT_REPLAYABLE, Outcome.NOT_REPLAYABLE, Outcome.REPRODUCED);
    assertThat(rounds.get(1).detail()).contains(gone + " is missing");
    assertThat(rounds.get(2).detail()).contains("its base cannot be used");

    Files.write(directory.kept().resolve("3/south.part"), Samples.content(Samples.update(0)));
    assertThat(replay().get(3).detail()).contains("has digest").contains("but the log says");
  }
}
