package io.tributary.coordinator.store;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.config.UserErrorException.Kind;
import io.tributary.common.model.ModelDirectory;
import io.tributary.common.notary.LogEntry;
import io.tributary.common.notary.Pseudonyms;
import io.tributary.common.notary.StatementBodies;
import io.tributary.common.notary.StatementException;
import io.tributary.common.store.DurableFiles;
import io.tributary.common.tensor.Layout;
import io.tributary.common.wire.Digest;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.SpoolCipher;
import io.tributary.common.wire.v1.SignedStatement;
import io.tributary.coordinator.fold.AggregationRefusedException;
import io.tributary.coordinator.fold.Aggregators;
import io.tributary.coordinator.fold.FoldInput;
import io.tributary.coordinator.fold.ServerStep;
import io.tributary.coordinator.fold.TiledFold;
import io.tributary.coordinator.fold.UpdateFile;
import io.tributary.coordinator.fold.UpdateSource;
import io.tributary.coordinator.ledger.Ledger;
import io.tributary.coordinator.ledger.RunRow;
import io.tributary.coordinator.ledger.UploadRow;
import io.tributary.coordinator.optimize.ServerOptimizers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Folds every round of a run again, from the updates that were kept, with the weights and the
 * digests that the transparency log names, and compares the results with the log's.
 *
 * <p>Round 0 is made from specification and seed; every other starts from what the replay of the
 * round before gave, or, where that is missing or different, from the published model of that
 * digest. The same holds for the state of the server's optimizer, if the job has one that keeps
 * any: a round before which that state cannot be had is not folded, because it would give another
 * model and prove nothing. Each update is hashed before it is folded. Whether the log is the
 * coordinator's, whole and in order, is not asked here: verify it first.
 */
public final class LogReplay {
  private static final int PAGE = 64;
  private static final String NEXT = "next";

  private final RunDirectory directory;
  private final Ledger ledger;
  private final RunRow run;
  private final SpoolEncryption encryption;
  private final ModelDirectory scratch;
  private final Layout layout;
  private final TiledFold fold;
  private final long stateValues;
  private Optional<Digest> stateBefore = Optional.empty(); // as the log names it

  private LogReplay(
      RunDirectory directory, Ledger ledger, RunRow run, SpoolEncryption encryption, Path scratch) {
    this.directory = directory;
    this.ledger = ledger;
    this.run = run;
    this.encryption = encryption;
    this.scratch = new ModelDirectory(scratch);
    this.layout = run.job().model().config().layout();
    this.stateValues = ServerOptimizers.stateValues(run.job());
    this.fold =
        new TiledFold(layout, run.job().fixedPoint(), Aggregators.of(run.job().aggregation()));
  }

  /**
   * Replays a run; changes nothing of it.
   *
   * @param encryption to read kept updates that are enciphered
   * @param scratch a directory, made if it is missing; two models and two optimizer states are held
   *     in it meanwhile
   * @return one result a round, from 0
   * @throws UserErrorException when the log cannot be read, or the disk fails
   */
  public static List<RoundReplay> replay(
      RunDirectory directory, Ledger ledger, RunRow run, SpoolEncryption encryption, Path scratch) {
    try {
      DurableFiles.createOwnerOnlyDirectories(scratch);
      Path own = Files.createTempDirectory(scratch, "replay");
      LogReplay replay = new LogReplay(directory, ledger, run, encryption, own);
      try {
        return replay.all();
      } finally {
        replay.scratch.keepOnly(Set.of());
        Files.delete(own);
      }
    } catch (IOException e) {
      throw new UserErrorException(
          Kind.FAILED, "run " + run.name() + " cannot be replayed in " + scratch + ": " + e, e);
    }
  }

  private List<RoundReplay> all() throws IOException {
    List<RoundReplay> results = new ArrayList<>();
    while (true) {
      List<SignedStatement> page = ledger.log(run.runId(), results.size(), PAGE);
      if (page.isEmpty()) {
        return results;
      }
      for (SignedStatement statement : page) {
        LogEntry entry = entry(statement, results.size());
        RoundReplay result = one(entry);
        results.add(result);
        stateBefore = entry.optimizerState();
        Set<String> kept = new HashSet<>(); // what the next round starts from
        result.actual().ifPresent(kept::add);
        stateBefore.ifPresent(state -> kept.add(state.hex()));
        scratch.keepOnly(kept);
      }
    }
  }

  private static LogEntry entry(SignedStatement statement, int sequence) {
    try {
      return StatementBodies.entry(statement.getBody());
    } catch (StatementException e) {
      throw new UserErrorException(
          Kind.FAILED, "entry " + sequence + " of the log: " + e.getMessage(), e);
    }
  }

  private RoundReplay one(LogEntry entry) throws IOException {
    String expected = entry.resultDigest().hex();
    try {
      if (entry.sequence() == 0) {
        ImportedModels.besideRun(directory.modelDirectory())
            .writeFirst(run.job(), scratch.unsealedFile(NEXT));
      } else {
        List<FoldInput> inputs = inputs(entry);
        fold.fold(base(entry), inputs, scratch.unsealedFile(NEXT), step(entry));
      }
      String actual = scratch.seal(scratch.unsealedFile(NEXT), layout.parameterCount());
      String state = sealedState(entry.sequence());
      String expectedState = entry.optimizerState().map(Digest::hex).orElse("");
      return state.equals(expectedState) || !actual.equals(expected)
          ? RoundReplay.compared(entry.sequence(), expected, actual)
          : RoundReplay.differentState(entry.sequence(), expected, expectedState, state);
    } catch (NotReplayable | AggregationRefusedException e) {
      return RoundReplay.impossible(entry.sequence(), expected, e.getMessage());
    }
  }

  private Path base(LogEntry entry) throws NotReplayable {
    String digest = entry.baseDigest().hex();
    if (Files.exists(scratch.weightsFile(digest))) {
      return scratch.weightsFile(digest);
    }
    ModelDirectory published = directory.modelDirectory();
    try {
      published.check(digest, layout.parameterCount());
      return published.weightsFile(digest);
    } catch (IOException e) {
      throw new NotReplayable("its base cannot be used (" + e.getMessage() + ")");
    }
  }

  private ServerStep step(LogEntry entry) throws NotReplayable {
    Path after = scratch.unsealedStateFile(NEXT);
    if (stateValues == 0 || entry.sequence() == 1) {
      return ServerOptimizers.step(run.job(), entry.sequence(), Optional.empty(), after);
    }
    if (stateBefore.isEmpty()) {
      throw new NotReplayable("the log names no optimizer state of the round before");
    }
    return ServerOptimizers.step(
        run.job(), entry.sequence(), Optional.of(state(stateBefore.get().hex())), after);
  }

  private Path state(String digest) throws NotReplayable {
    if (Files.exists(scratch.stateFile(digest))) {
      return scratch.stateFile(digest);
    }
    ModelDirectory published = directory.modelDirectory();
    try {
      published.checkState(digest, stateValues);
      return published.stateFile(digest);
    } catch (IOException e) {
      throw new NotReplayable(
          "the optimizer's state that it starts from was not replayed and cannot be used ("
              + e.getMessage()
              + ")");
    }
  }

  /** The digest of the state that was just made; empty if the job keeps none. */
  private String sealedState(int round) throws IOException {
    return stateValues == 0 || round == 0
        ? ""
        : scratch.sealState(scratch.unsealedStateFile(NEXT), stateValues);
  }

  private List<FoldInput> inputs(LogEntry entry) throws IOException, NotReplayable {
    Map<String, UploadRow> rows = new HashMap<>();
    Pseudonyms pseudonyms = new Pseudonyms(run.pseudonymKey());
    for (UploadRow row : ledger.uploads(run.runId(), entry.sequence())) {
      if (row.state() == UploadRow.State.FOLDED) {
        rows.put(pseudonyms.of(row.site()), row);
      }
    }
    List<FoldInput> inputs = new ArrayList<>();
    for (LogEntry.Folded folded : entry.folded()) {
      UploadRow row = rows.get(folded.pseudonym());
      if (row == null) {
        throw new NotReplayable("the ledger has no folded update of " + folded.pseudonym());
      }
      inputs.add(new FoldInput(kept(row, folded), folded.weight(), folded.updateDigest()));
    }
    return inputs;
  }

  private UpdateSource kept(UploadRow row, LogEntry.Folded folded)
      throws IOException, NotReplayable {
    Path file = SpoolFiles.keptFile(directory.kept(), row.round(), row.site());
    if (!Files.exists(file)) {
      throw new NotReplayable(file + " is missing: was the run started with --keep-spools?");
    }
    if (Files.size(file) != row.totalBytes()) {
      throw new NotReplayable(
          file + " has " + Files.size(file) + " bytes but had " + row.totalBytes());
    }
    SpoolCipher cipher =
        RoundKeys.ofKept(
            encryption,
            SpoolFiles.keptRound(directory.kept(), row.round()),
            run.runId(),
            row.round(),
            row.attempt(),
            row.site(),
            folded.updateDigest());
    Digest actual = Manifest.of(file, row.chunkBytes(), cipher).digest();
    if (!actual.equals(folded.updateDigest())) {
      throw new NotReplayable(
          file + " has digest " + actual + " but the log says " + folded.updateDigest());
    }
    return () -> new DecipheringReader(new UpdateFile(file).open(), cipher);
  }

  /** Says why a round cannot be folded again. */
  private static final class NotReplayable extends Exception {
    private static final long serialVersionUID = 1L;

    NotReplayable(String why) {
      super(why);
    }
  }
}
