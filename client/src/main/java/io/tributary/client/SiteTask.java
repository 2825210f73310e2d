package io.tributary.client;

import io.tributary.client.train.LocalEvaluation;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.v1.TaskOffer;

/**
 * The task a site is at, from its offer to its outcome, over any number of connections. Changed by
 * {@link TaskDesk} only, on the agent's thread.
 *
 * <pre>
 *   offered ──► Receiving ──► Working ──► UpdateReady ──► (outcome)
 *      │            │            ├──────► ReportReady ──► (outcome)
 *      │ (model in  │            │
 *      │  cache) ───│───────────►│
 *      └────────────┴────────────┴──────► Refused ──────► (outcome, or the next offer)
 * </pre>
 *
 * An outcome or another task's offer ends it in any state.
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

    /** The update waits to be sent, or is being sent. */
    record UpdateReady(ReadyUpdate update) implements State {}

    /** The judgement waits for its outcome. */
    record ReportReady(LocalEvaluation evaluation) implements State {}

    /** This site will not do it, or could not. */
    record Refused(String reason) implements State {}
  }

  private final TaskId id;
  private final TaskOffer offer;
  private final Manifest model;
  private State state;

  SiteTask(TaskId id, TaskOffer offer, Manifest model) {
    this.id = id;
    this.offer = offer;
    this.model = model;
    this.state = new State.Offered();
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
  boolean isOfferedAgainBy(TaskId otherId, TaskOffer other, Manifest otherModel) {
    return id.equals(otherId)
        && offer.getJobJson().equals(other.getJobJson())
        && model.equals(otherModel);
  }

  @Override
  public String toString() {
    return id + " " + state.getClass().getSimpleName();
  }
}
