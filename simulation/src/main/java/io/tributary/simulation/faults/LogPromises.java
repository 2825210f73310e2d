package io.tributary.simulation.faults;

import io.tributary.common.notary.LogEntry;
import io.tributary.common.notary.Pseudonyms;
import io.tributary.common.notary.StatementBodies;
import io.tributary.common.notary.StatementException;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.Digest;
import io.tributary.common.wire.v1.SignedStatement;
import io.tributary.coordinator.ledger.AttemptRow;
import io.tributary.coordinator.ledger.AttemptRow.Phase;
import io.tributary.coordinator.ledger.ModelRow;
import io.tributary.coordinator.ledger.RunRow;
import io.tributary.coordinator.ledger.RunState;
import io.tributary.coordinator.ledger.TaskRow;
import io.tributary.coordinator.ledger.UploadRow;
import io.tributary.simulation.faults.Violation.Promise;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Holds each published model to its entry in the transparency log, the entry to the ledger, and the
 * weights and the optimizer's state to what the {@link Oracle} computes from the folded updates.
 * Each entry is checked once, when it appears.
 */
final class LogPromises {
  private static final Digest NOTHING = Digest.of(new byte[Digest.BYTES]);

  private final Simulation world;
  private final Set<Digest> folded = new HashSet<>(); // over all rounds
  private Digest previousHash = NOTHING;
  private Oracle.Model model; // the last checked one
  private int checked; // how many entries

  LogPromises(Simulation world) {
    this.world = world;
  }

  /**
   * Checks the entries that are new.
   *
   * @param last round of the newest model
   * @param blob gives a model's bytes by its digest
   */
  void check(RunRow run, int last, Function<String, byte[]> blob) {
    List<ModelRow> models = world.rows.models(run.runId());
    while (checked < models.size()) {
      ModelRow row = models.get(checked);
      require(row.round() == checked, "model " + checked + " is of round " + row.round());
      SignedStatement statement = statement(run, checked);
      LogEntry entry = verified(statement);
      checkChain(run, entry, models);
      if (checked == 0) {
        model = Oracle.initial(Oracle.floats(blob.apply(row.digest())));
      } else {
        checkRound(run, entry);
      }
      previousHash = StatementBodies.hash(statement);
      checked++;
    }
  }

  private SignedStatement statement(RunRow run, int sequence) {
    List<SignedStatement> found = world.rows.log(run.runId(), sequence, 1);
    require(found.size() == 1, "entry " + sequence + " is missing");
    return found.get(0);
  }

  private LogEntry verified(SignedStatement statement) {
    try {
      return world.notary.entry(statement);
    } catch (StatementException e) {
      throw new Violation(Promise.LOG_VERIFIES, e.getMessage(), e);
    }
  }

  private void checkChain(RunRow run, LogEntry entry, List<ModelRow> models) {
    require(entry.runId().equals(run.runId()), "the entry is of run " + entry.runId());
    require(entry.sequence() == checked, "entry " + checked + " says " + entry.sequence());
    require(entry.previousHash().equals(previousHash), "entry " + checked + " does not follow");
    require(entry.jobDigest().equals(run.jobDigest()), "the entry is of another job");
    require(
        entry.resultDigest().hex().equals(models.get(checked).digest()),
        "entry " + checked + " names another model than the ledger");
    require(
        entry.optimizerState().map(Digest::hex).equals(models.get(checked).optimizerState()),
        "entry " + checked + " names another optimizer state than the ledger");
    String base = checked == 0 ? NOTHING.hex() : models.get(checked - 1).digest();
    require(entry.baseDigest().hex().equals(base), "entry " + checked + " has another base");
  }

  private void checkRound(RunRow run, LogEntry entry) {
    int round = entry.sequence();
    Map<String, SiteName> names = names(run);
    SortedMap<SiteName, float[]> deltas = new TreeMap<>();
    Map<SiteName, UploadRow> rows = new HashMap<>();
    for (UploadRow row : world.rows.uploads(run.runId(), round)) {
      if (row.state() == UploadRow.State.FOLDED) {
        rows.put(row.site(), row);
      }
      require(row.state() != UploadRow.State.COMMITTED, row.site() + " was left out of " + round);
    }
    for (LogEntry.Folded update : entry.folded()) {
      SiteName site = names.get(update.pseudonym());
      require(site != null, "nobody has the pseudonym " + update.pseudonym());
      if (deltas.containsKey(site) || !folded.add(update.updateDigest())) {
        throw new Violation(
            Promise.FOLDED_ONCE, "the update of " + site + " is folded twice, in round " + round);
      }
      UploadRow row = rows.remove(site);
      require(row != null, "the ledger has no folded update of " + site);
      require(
          row.digest().equals(update.updateDigest().hex()) && row.weight() == update.weight(),
          "the ledger has another update of " + site);
      deltas.put(site, delta(site, round, update));
    }
    require(rows.isEmpty(), "the entry of round " + round + " lacks " + rows.keySet());
    checkSelected(run, entry, names, deltas.keySet());
    model = world.oracle.next(model, round, deltas);
    if (!Digest.sha256(Oracle.bytes(model.weights()).array()).equals(entry.resultDigest())) {
      throw new Violation(
          Promise.MODEL_IS_EXACT,
          "the model of round %d is not what the updates of %s make"
              .formatted(round, deltas.keySet()));
    }
    Optional<Digest> state =
        model.state().hasRemaining()
            ? Optional.of(Digest.sha256(model.state().array()))
            : Optional.empty();
    if (!state.equals(entry.optimizerState())) {
      throw new Violation(
          Promise.MODEL_IS_EXACT, "the optimizer's state after round %d is wrong".formatted(round));
    }
  }

  private float[] delta(SiteName site, int round, LogEntry.Folded update) {
    String digest = update.updateDigest().hex();
    Optional<float[]> found = world.oracle.update(site, round, model.weights(), digest);
    if (found.isEmpty() || update.weight() != FakeTrainer.weight(site)) {
      throw new Violation(
          Promise.MODEL_IS_EXACT,
          site + " never trained the update that is folded in round " + round);
    }
    return found.get();
  }

  /** Everybody who was asked is in the entry, once. */
  private void checkSelected(
      RunRow run, LogEntry entry, Map<String, SiteName> names, Set<SiteName> contributors) {
    Optional<AttemptRow> attempt = world.rows.attempt(run.runId(), entry.sequence());
    require(
        attempt.filter(row -> row.phase() == Phase.PUBLISHED).isPresent()
            && attempt.get().attempt() == entry.attempt(),
        "the entry of round " + entry.sequence() + " is of another attempt");
    Set<SiteName> named = new HashSet<>(contributors);
    for (LogEntry.Dropped dropped : entry.dropped()) {
      SiteName site = names.get(dropped.pseudonym());
      require(site != null && named.add(site), "a dropped site is named twice, or unknown");
      require(!dropped.reason().isBlank(), site + " was dropped without a reason");
    }
    Set<SiteName> selected = new HashSet<>();
    for (TaskRow task : attempt.get().tasks()) {
      // Those who refused an earlier attempt are not asked again; the ledger names them still.
      if (task.attempt() == entry.attempt() || contributors.contains(task.site())) {
        selected.add(task.site());
      }
    }
    require(named.equals(selected), "the entry names " + named + " but selected were " + selected);
    int count = contributors.size();
    require(
        count >= run.job().round().quorum() && count <= run.job().round().cohort(),
        count + " updates are folded in round " + entry.sequence());
  }

  private Map<String, SiteName> names(RunRow run) {
    Pseudonyms pseudonyms = new Pseudonyms(run.pseudonymKey());
    Map<String, SiteName> names = new HashMap<>();
    for (int i = 1; i <= world.schedule.sites(); i++) {
      names.put(pseudonyms.of(Schedule.site(i)), Schedule.site(i));
    }
    return names;
  }

  /** The run has ended: all its rounds are there, or the last one failed. */
  void checkAtEnd(RunRow run, int last) {
    require(checked == last + 1, "the log has " + checked + " entries for " + last + " rounds");
    require(
        world.rows.log(run.runId(), 0, checked + 1).size() == checked,
        "the log goes on after the head");
    boolean complete = last == run.job().rounds();
    if (complete != (run.state() == RunState.COMPLETED)) {
      throw new Violation(
          Promise.ROUND_ENDS, "the run is " + run.state() + " after " + last + " rounds");
    }
    Optional<AttemptRow> open = world.rows.attempt(run.runId(), last + 1);
    // ABORTED: the next attempt never opened, because too few sites were there.
    if (open.filter(row -> row.phase() != Phase.FAILED && row.phase() != Phase.ABORTED)
        .isPresent()) {
      throw new Violation(
          Promise.ROUND_ENDS, "the run has ended and its round is " + open.get().phase());
    }
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new Violation(Promise.LOG_VERIFIES, message);
    }
  }
}
