package io.tributary.coordinator.ledger;

import com.google.protobuf.ByteString;
import io.tributary.common.job.JobSpec;
import io.tributary.common.wire.Digest;
import java.time.Instant;

/**
 * A submitted job.
 *
 * @param runId the job's name, a dot and eight hexadecimal digits drawn at submission, so that no
 *     update of another run of the same name can ever be taken for one of this; the run id on the
 *     wire
 * @param name the job's name, once in a ledger
 * @param job what to do
 * @param jobJson the job in the very bytes that were written down when it was submitted, in which
 *     sites get it and of which its log names the digest: another version may spell the same job
 *     otherwise, with a key that this one did not know
 * @param state where it stands
 * @param reason why it is paused or has ended; empty otherwise
 * @param pseudonymKey 32 secret bytes: sites' names in the transparency log are keyed with it
 * @param submittedAt by the coordinator's clock
 */
public record RunRow(
    String runId,
    String name,
    JobSpec job,
    ByteString jobJson,
    RunState state,
    String reason,
    ByteString pseudonymKey,
    Instant submittedAt) {
  /** A job that is submitted to this version. */
  public RunRow(
      String runId,
      String name,
      JobSpec job,
      RunState state,
      String reason,
      ByteString pseudonymKey,
      Instant submittedAt) {
    this(
        runId,
        name,
        job,
        ByteString.copyFrom(job.toJson()),
        state,
        reason,
        pseudonymKey,
        submittedAt);
  }

  /** SHA-256 of the job as it was written down: what every entry of the run's log names. */
  public Digest jobDigest() {
    return Digest.sha256(jobJson.toByteArray());
  }

  /** The same in another state. */
  public RunRow in(RunState otherState, String otherReason) {
    return new RunRow(
        runId, name, job, jobJson, otherState, otherReason, pseudonymKey, submittedAt);
  }
}
