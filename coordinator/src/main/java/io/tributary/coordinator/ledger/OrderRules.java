package io.tributary.coordinator.ledger;

import io.tributary.common.tls.SiteName;
import io.tributary.coordinator.ledger.AttemptRow.Phase;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The order in which a {@link Ledger} may be written to, for every implementation: each asks here
 * inside its transaction, before it writes anything.
 *
 * <pre>
 * run      QUEUED | RUNNING | PAUSED, as its operator likes → COMPLETED | FAILED | STOPPED
 * attempt  OPEN → CLOSED → PUBLISHED;   OPEN | CLOSED → ABORTED (the next attempt) | FAILED
 * upload   COMMITTED → FOLDED | LATE | DISCARDED
 * </pre>
 */
final class OrderRules {
  /** As in {@code SiteState.Refused}: the only ended task that forbids an upload. */
  static final String REFUSED = "refused";

  private OrderRules() {}

  static void requireQueued(RunRow run) {
    require(
        run.state() == RunState.QUEUED,
        "run " + run.runId() + " is added as " + run.state() + ": a run starts as QUEUED");
  }

  static void requireNewRunId(Optional<RunRow> sameId, RunRow run) {
    require(sameId.isEmpty(), "run id " + run.runId() + " is taken by a run of another name");
  }

  static RunRow known(Optional<RunRow> run, String runId) {
    return run.orElseThrow(() -> new IllegalStateException("there is no run " + runId));
  }

  static RunRow live(Optional<RunRow> found, String runId) {
    RunRow run = known(found, runId);
    require(!run.state().isEnded(), "run " + runId + " has ended: it is " + run.state());
    return run;
  }

  static void requireFirstModel(Optional<ModelRow> head, ModelRow model) {
    require(head.isEmpty(), "the run has its initial model already");
    require(model.round() == 0, "the initial model is of round " + model.round() + ", not 0");
  }

  static void requireNextAttempt(
      Optional<ModelRow> head,
      Optional<AttemptRow> newest,
      int round,
      int attempt,
      String baseDigest,
      List<TaskRow> tasks) {
    String name = name(round, attempt);
    ModelRow base =
        head.orElseThrow(() -> new IllegalStateException(name + " needs the initial model"));
    require(
        round == base.round() + 1, name + " cannot open: the newest model is of " + base.round());
    require(
        baseDigest.equals(base.digest()), name + " starts from weights that are not the newest");
    require(
        newest.isEmpty() || newest.get().phase() == Phase.ABORTED,
        name + " cannot open: the one before it was not aborted");
    require(
        attempt == newest.map(AttemptRow::attempt).orElse(0) + 1,
        name + " is not the next: " + newest.map(AttemptRow::attempt).orElse(0) + " came before");
    requireOneTaskEach(tasks);
  }

  /** The newest attempt, if it is the one that is named and in one of these phases. */
  static AttemptRow inPhase(
      Optional<AttemptRow> newest, int round, int attempt, Set<Phase> phases) {
    String name = name(round, attempt);
    AttemptRow row =
        newest
            .filter(found -> found.attempt() == attempt)
            .orElseThrow(() -> new IllegalStateException(name + " is not the newest"));
    require(phases.contains(row.phase()), name + " is " + row.phase() + ", not one of " + phases);
    return row;
  }

  static void requireOneTaskEach(List<TaskRow> tasks) {
    Set<SiteName> sites = new HashSet<>();
    for (TaskRow task : tasks) {
      require(sites.add(task.site()), "site " + task.site() + " has two tasks");
    }
  }

  static void requireCommitted(Set<SiteName> sites, Collection<SiteName> committed) {
    for (SiteName site : sites) {
      require(committed.contains(site), "site " + site + " has no COMMITTED upload");
    }
  }

  static void requireHasTask(boolean has, SiteName site) {
    require(has, "site " + site + " has no task in this attempt");
  }

  static void requireNewUpload(UploadRow upload) {
    require(
        upload.state() == UploadRow.State.COMMITTED && upload.reason().isEmpty(),
        "an upload is inserted as COMMITTED without a reason, not as " + upload.state());
  }

  /** What an upload gets instead of a row of its own; nothing when it may be inserted. */
  static Optional<CommitResult> answerTo(
      UploadRow upload,
      RunRow run,
      Optional<UploadRow> standing,
      Optional<AttemptRow> newest,
      Optional<TaskRow> task) {
    if (standing.isPresent()) {
      // Also when the attempt is not open any more: a site that asks again hears the same again.
      return Optional.of(
          isSame(standing.get(), upload)
              ? new CommitResult.Committed(standing.get())
              : new CommitResult.Conflict(standing.get()));
    }
    if (run.state().isEnded()) {
      return closed("the run has ended: " + run.reason());
    }
    String name = name(upload.round(), upload.attempt());
    if (newest.isEmpty() || newest.get().attempt() != upload.attempt()) {
      return closed(name + " is not open");
    }
    if (newest.get().phase() != Phase.OPEN) {
      return closed(name + " has ended: " + newest.get().reason());
    }
    if (task.isPresent() && task.get().state().equals(REFUSED)) {
      return closed("the task was refused: " + task.get().reason());
    }
    return Optional.empty();
  }

  static void requirePublishable(Optional<ModelRow> head, Publication publication) {
    require(
        publication.model().round() == publication.round()
            && head.map(ModelRow::round).orElse(-1) == publication.round() - 1,
        "round "
            + publication.round()
            + " cannot publish a model of round "
            + publication.model().round()
            + " after "
            + head.map(model -> "round " + model.round()).orElse("none"));
  }

  private static Optional<CommitResult> closed(String reason) {
    return Optional.of(new CommitResult.Closed(reason));
  }

  private static boolean isSame(UploadRow standing, UploadRow upload) {
    return standing.attempt() == upload.attempt()
        && standing.digest().equals(upload.digest())
        && standing.weight() == upload.weight();
  }

  private static String name(int round, int attempt) {
    return "round " + round + ", attempt " + attempt;
  }

  private static void require(boolean kept, String message) {
    if (!kept) {
      throw new IllegalStateException(message);
    }
  }
}
