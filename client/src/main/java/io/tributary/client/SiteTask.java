package io.tributary.client;

import io.tributary.client.train.LocalEvaluation;
import io.tributary.common.wire.Digest;
import io.tributary.common.wire.TaskId;

/**
 * The task a site is at, from its offer to its outcome, over any number of connections. Changed by
 * {@link TaskDesk} only, on the agent's thread.
 *
 * <pre>
 *   offered ──► Receiving ──► Working ──► UpdateReady ──► (receipt, or another outcome)
 *      │            │            ├──────► ReportReady ──► (outcome)
 *      │ (model in  │            │
 *      │  cache) ───│───────────►│
 *      └────────────┴────────────┴──────► Refused ──────► (outcome, or the next offer)
 * </pre>
 *
 * An outcome or another task's offer ends it in any state, but for an update that may be committed
 * already: its outcome is awaited first. A restored update starts as UpdateReady.
 */
final class SiteTask {
  /** Where the task stands. */
  sealed interface State {
    /** The offer is being checked. */
    record Offered() implements State {}

    /** Chunks of the model are lacking. */
    record Receiving(TaskOrder order, ModelDownload download) implements State {}

    /** The model is here; training or evaluation runs or waits to run. */
    record Working(WorkBench.Ticket ticket) implements State {}

    /**
     * The update is in the outbox: it waits to be sent, is being sent, or waits for its receipt.
     */
    record UpdateReady(ReadyUpdate update) implements State {}

    /** The judgement waits for its outcome. */
    record ReportReady(LocalEvaluation evaluation) implements State {}

    /** This site will not do it, or could not. */
    record Refused(String reason) implements State {}
  }

  private final TaskId id;
  private final Digest job;
  private final Digest model;
  private State state;
  private boolean unwanted;
  private boolean commitSent;
  private int unanswered;

  /** A task that was just offered. */
  SiteTask(TaskId id, Digest job, Digest model) {
    this.id = id;
    this.job = job;
    this.model = model;
    this.state = new State.Offered();
  }

  /**
   * A task whose update an earlier process left in the outbox. Nobody remembers whether its commit
   * was sent, so it may have been.
   */
  static SiteTask restored(ReadyUpdate update) {
    SiteTask task = new SiteTask(update.task(), update.job(), update.model());
    task.state = new State.UpdateReady(update);
    task.commitSent = true;
    return task;
  }

  TaskId id() {
    return id;
  }

  State state() {
    return state;
  }

  void become(State next) {
    state = next;
  }

  /**
   * Whether an offer is this very task come again: same name, same job, same model. A coordinator
   * that names two tasks alike gets the second one done too, not the first one's result.
   */
  boolean isOfferedAgainBy(TaskId otherId, Digest otherJob, Digest otherModel) {
    return id.equals(otherId) && job.equals(otherJob) && model.equals(otherModel);
  }

  /** The coordinator wants no result of it. */
  void unwanted() {
    unwanted = true;
  }

  boolean isUnwanted() {
    return unwanted;
  }

  /** The coordinator has been asked to count the update. */
  void commitSent() {
    commitSent = true;
  }

  /**
   * Whether there may be a receipt of this task's update that this site has not got: then only the
   * coordinator's answer ends it.
   */
  boolean mayBeCommitted() {
    return state instanceof State.UpdateReady && commitSent;
  }

  /** A connection has passed on which the coordinator did not answer, though another task waits. */
  void leftUnanswered() {
    unanswered++;
  }

  /** How many such connections in a row there were. */
  int timesUnanswered() {
    return unanswered;
  }

  @Override
  public String toString() {
    return id + " " + state.getClass().getSimpleName();
  }
}
