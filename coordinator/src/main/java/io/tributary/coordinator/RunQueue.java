package io.tributary.coordinator;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.store.CrashMoment;
import io.tributary.coordinator.job.JobSummary;
import io.tributary.coordinator.ledger.Ledger;
import io.tributary.coordinator.ledger.RunRow;
import io.tributary.coordinator.ledger.RunState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes runs from QUEUED to their end, as many side by side as there are slots. The ledger says
 * where each one stands; what is here is only what this process does about it. Confined to the
 * owner's thread.
 */
final class RunQueue {
  private static final Logger LOG = LoggerFactory.getLogger(RunQueue.class);

  static final String PAUSED_BY_OPERATOR = "paused by its operator";
  static final String STOPPED_BY_OPERATOR = "stopped by its operator";

  /** What the operator has asked of an active run and waits for. */
  private record Asked(boolean stop, CompletableFuture<RunRow> answer) {}

  private final Ledger ledger;
  private final ActiveRuns runs;
  private final ActiveRun.Factory factory;
  private final CoordinatorCore.Options options;
  private final CoordinatorCore.Ports ports;
  private final EndedJobs endedJobs;
  private final Consumer<Throwable> fatal;
  private final Map<String, Asked> asked = new HashMap<>();
  private final List<CompletableFuture<Void>> waitingForIdle = new ArrayList<>();
  private boolean suspending;
  private Optional<Throwable> failure = Optional.empty();

  /**
   * Makes a queue; nothing happens before {@link #start}.
   *
   * @param fatal hears of what no run can go on after
   */
  RunQueue(
      Ledger ledger,
      ActiveRuns runs,
      ActiveRun.Factory factory,
      CoordinatorCore.Options options,
      CoordinatorCore.Ports ports,
      EndedJobs endedJobs,
      Consumer<Throwable> fatal) {
    this.ledger = ledger;
    this.runs = runs;
    this.factory = factory;
    this.options = options;
    this.ports = ports;
    this.endedJobs = endedJobs;
    this.fatal = fatal;
  }

  /** Goes on with every run that ran when the last process ended, then starts queued ones. */
  void start() {
    List<RunRow> all = ledger.runs();
    if (!all.isEmpty() && all.stream().allMatch(row -> row.state().isEnded())) {
      // Whether its sites were told before this process began is not known to anybody.
      endedJobs.sayFarewell(all.get(all.size() - 1));
    }
    for (RunRow row : all) {
      if (row.state() == RunState.RUNNING) {
        LOG.info("run={} goes on where the ledger says it stands", row.name());
        takeUp(row); // all of them, even if the bound on running jobs was lowered meanwhile
      } else if (row.state().isEnded()) {
        clearAway(row); // a crash may have come between a run's end and its clearing up
      }
    }
    startQueued();
  }

  /** Starts what waits while slots are free. */
  void startQueued() {
    for (RunRow row : ledger.runs(Set.of(RunState.QUEUED), Integer.MAX_VALUE)) {
      if (suspending || failure.isPresent() || runs.count() >= options.maxRunningJobs()) {
        return;
      }
      ledger.setRunState(row.runId(), RunState.RUNNING, "");
      takeUp(row.in(RunState.RUNNING, ""));
    }
  }

  private void takeUp(RunRow row) {
    ActiveRun run;
    try {
      run = factory.create(row);
    } catch (UserErrorException e) { // its directories: the run is not to blame, and goes on later
      fatal.accept(e);
      return;
    }
    runs.add(run, ledger);
    var unused =
        run.runner()
            .done()
            .whenComplete(
                (summary, broken) ->
                    ports.owner().execute(() -> rested(run, Optional.ofNullable(summary), broken)));
    if (options.discardDamaged()) {
      onOwner(
          run.uploads().discardDamaged(),
          (sites, damage) -> {
            if (damage != null) {
              fatal.accept(damage);
            } else if (!run.runner().done().isDone()) { // not stopped meanwhile
              begin(run);
            }
          });
    } else {
      begin(run);
    }
  }

  private void begin(ActiveRun run) {
    run.runner().start();
    runs.settle();
  }

  private <T> void onOwner(CompletableFuture<T> work, BiConsumer<T, Throwable> then) {
    var unused =
        work.whenComplete(
            (value, broken) -> ports.owner().execute(() -> then.accept(value, broken)));
  }

  /** Its runner has come to rest; its files are closed before anything else may use them. */
  private void rested(ActiveRun run, Optional<JobSummary> summary, Throwable broken) {
    if (broken != null) {
      fatal.accept(broken);
    }
    onOwner(
        row(run.runId()).state().isEnded() ? run.uploads().runEnded() : run.uploads().close(),
        (nothing, notClosed) -> {
          if (notClosed != null) {
            LOG.warn("run={} its spools were not cleared away", run.row().name(), notClosed);
          }
          finished(run, summary);
        });
  }

  private void finished(ActiveRun run, Optional<JobSummary> summary) {
    endedJobs.remember(run.runId(), run.runner().status());
    runs.remove(run);
    run.gateway().forgetBytes();
    Optional<Asked> wish = Optional.ofNullable(asked.remove(run.runId()));
    if (failure.isPresent()) {
      wish.ifPresent(waiting -> waiting.answer().completeExceptionally(failure.get()));
      return;
    }
    if (summary.orElseThrow().outcome().equals("paused")) {
      settlePause(run, wish);
    }
    RunRow now = row(run.runId());
    if (now.state() == RunState.RUNNING && !suspending) {
      UserErrorException cannotGoOn =
          new UserErrorException(
              UserErrorException.Kind.FAILED,
              "job "
                  + now.name()
                  + " cannot go on: "
                  + summary.orElseThrow().reason()
                  + "; the coordinator has stopped, and nothing that it has confirmed to a site is"
                  + " lost: put that right and start it again, it goes on where it stood");
      wish.ifPresent(waiting -> waiting.answer().completeExceptionally(cannotGoOn));
      fatal.accept(cannotGoOn);
      return;
    }
    endedJobs.complete(now, summary.orElseThrow(), suspending);
    wish.ifPresent(waiting -> waiting.answer().complete(now));
    startQueued();
    answerIdle();
  }

  private void settlePause(ActiveRun run, Optional<Asked> wish) {
    if (wish.filter(Asked::stop).isPresent()) { // it came while the pause was under way
      end(run.row());
    } else {
      ledger.setRunState(run.runId(), RunState.PAUSED, PAUSED_BY_OPERATOR);
    }
  }

  private void end(RunRow row) {
    ledger.setRunState(row.runId(), RunState.STOPPED, STOPPED_BY_OPERATOR);
    ports.crash().reached(CrashMoment.RUN_ENDED);
    endedJobs.sayFarewell(row(row.runId()));
    clearAway(row);
  }

  private void clearAway(RunRow row) {
    onOwner(
        factory.clearAway(row),
        (nothing, broken) -> {
          if (broken != null) {
            LOG.warn("run={} its spools were not cleared away", row.name(), broken);
          }
        });
  }

  /** See {@link JobDesk#pause}. */
  CompletableFuture<RunRow> pause(RunRow row) {
    if (row.state() == RunState.QUEUED) {
      ledger.setRunState(row.runId(), RunState.PAUSED, PAUSED_BY_OPERATOR);
      answerIdle();
      return CompletableFuture.completedFuture(row(row.runId()));
    } else if (row.state() == RunState.RUNNING) {
      return ask(row, false);
    }
    requireNotEnded(row);
    return CompletableFuture.completedFuture(row);
  }

  /** See {@link JobDesk#resume}. */
  RunRow resume(RunRow row) {
    requireServing();
    requireNotEnded(row);
    if (asked.containsKey(row.runId())) {
      throw refused("job " + row.name() + " is being paused or stopped: ask again in a moment");
    }
    if (row.state() == RunState.PAUSED) {
      ledger.setRunState(row.runId(), RunState.QUEUED, "");
      startQueued();
    }
    return row(row.runId());
  }

  /** See {@link JobDesk#stop}. */
  CompletableFuture<RunRow> stop(RunRow row) {
    requireNotEnded(row);
    if (row.state() == RunState.RUNNING) {
      return ask(row, true);
    }
    end(row);
    answerIdle();
    return CompletableFuture.completedFuture(row(row.runId()));
  }

  private CompletableFuture<RunRow> ask(RunRow row, boolean stop) {
    requireServing();
    ActiveRun run = runs.find(row.runId()).orElseThrow();
    Asked before = asked.get(row.runId());
    Asked now =
        new Asked(
            stop || (before != null && before.stop()),
            before == null ? new CompletableFuture<>() : before.answer());
    asked.put(row.runId(), now);
    if (stop) {
      run.runner().stop(STOPPED_BY_OPERATOR);
    } else if (before == null) {
      run.runner().pause(PAUSED_BY_OPERATOR);
    }
    runs.settle();
    return now.answer();
  }

  /** What an active run is asked to become: {@code pausing} or {@code stopping}. */
  Optional<String> askedOf(String runId) {
    return Optional.ofNullable(asked.get(runId)).map(wish -> wish.stop() ? "stopping" : "pausing");
  }

  /** See {@link JobDesk#ended}. */
  CompletableFuture<JobSummary> ended(RunRow row) {
    return failure
        .<CompletableFuture<JobSummary>>map(CompletableFuture::failedFuture)
        .orElseGet(() -> endedJobs.ended(row));
  }

  /** Completes when every run has ended, or nothing runs because this process is to stop. */
  CompletableFuture<Void> idle() {
    CompletableFuture<Void> idle = new CompletableFuture<>();
    waitingForIdle.add(idle);
    answerIdle();
    return idle;
  }

  private void answerIdle() {
    if (failure.isPresent()) {
      waitingForIdle.forEach(waiting -> waiting.completeExceptionally(failure.get()));
    } else if (runs.count() > 0 || (!suspending && ledger.countRuns(RunState.LIVE) > 0)) {
      return;
    } else {
      waitingForIdle.forEach(waiting -> waiting.complete(null));
    }
    waitingForIdle.clear();
  }

  /** Writes down where every run stands and starts nothing more; {@link #idle} tells when. */
  void suspend(String reason) {
    if (suspending || failure.isPresent()) {
      return;
    }
    suspending = true;
    runs.all().forEach(run -> run.runner().suspend(reason));
    answerIdle();
  }

  /** Gives everything up after a defect: the ledger stays as it is, and the next start goes on. */
  void abandon(Throwable cause) {
    if (failure.isPresent()) {
      return;
    }
    failure = Optional.of(cause);
    for (ActiveRun run : runs.all()) {
      run.runner().abandon("internal error: " + cause);
    }
    endedJobs.abandon(cause);
    answerIdle();
  }

  private RunRow row(String runId) {
    return ledger.run(runId).orElseThrow();
  }

  /** Throws when this process takes nothing up any more. */
  void requireServing() {
    if (suspending || failure.isPresent()) {
      throw new UserErrorException(
          UserErrorException.Kind.FAILED,
          "the coordinator is stopping: ask again when it has been started again");
    }
  }

  private static void requireNotEnded(RunRow row) {
    if (row.state().isEnded()) {
      throw refused("job " + row.name() + " has ended, " + stateOf(row) + ": nothing was changed");
    }
  }

  static String stateOf(RunRow row) {
    return JobViews.label(row.state()) + (row.reason().isEmpty() ? "" : " (" + row.reason() + ")");
  }

  static UserErrorException refused(String message) {
    return new UserErrorException(UserErrorException.Kind.REFUSED, message);
  }
}
