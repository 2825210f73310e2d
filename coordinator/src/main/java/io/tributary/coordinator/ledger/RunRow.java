package io.tributary.coordinator.ledger;

import com.google.protobuf.ByteString;
import io.tributary.common.job.JobSpec;
import java.time.Instant;

/**
 * A submitted job.
 *
 * @param runId the job's name, a dot and eight hexadecimal digits drawn at submission, so that no
 *     update of another run of the same name can ever be taken for one of this; the run id on the
 *     wire
 * @param name the job's name, once in a ledger
 * @param job what to do
 * @param state where it stands
 * @param reason why it is paused or has ended; empty otherwise
 * @param pseudonymKey 32 secret bytes: sites' names in the transparency log are keyed with it
 * @param submittedAt by the coordinator's clock
 */
public record RunRow(
    String runId,
    String name,
    JobSpec job,
    RunState state,
    String reason,
    ByteString pseudonymKey,
    Instant submittedAt) {
  /** The same in another state. */
  public RunRow in(RunState otherState, String otherReason) {
    return new RunRow(runId, name, job, otherState, otherReason, pseudonymKey, submittedAt);
  }
}
