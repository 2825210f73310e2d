package io.tributary.coordinator.job;

import com.google.protobuf.ByteString;
import io.tributary.common.job.JobSpec;
import io.tributary.common.wire.WireLimits;
import java.time.Clock;
import java.util.concurrent.Executor;

/**
 * Everything a job works with: one place to swap the world for a fake one.
 *
 * @param job what to do
 * @param jobJson the job as sites are offered it
 * @param limits bounds of the wire
 * @param pace waits that the job does not state
 * @param owner the job's only thread, as an executor; futures come back through it
 * @param timer the job's only clock
 * @param wallClock for time stamps in records
 * @param gateway to the sites
 * @param uploads updates on disk
 * @param models models on disk
 * @param journal ended attempts
 * @param outcomes what sites were told
 * @param activity who is busy
 */
record JobContext(
    JobSpec job,
    ByteString jobJson,
    WireLimits limits,
    Pace pace,
    Executor owner,
    Timer timer,
    Clock wallClock,
    SiteGateway gateway,
    UploadStore uploads,
    ModelStore models,
    RoundJournal journal,
    OutcomeLog outcomes,
    ActivityMeter activity) {

  /** Monotonic milliseconds. */
  long now() {
    return timer.nowMillis();
  }
}
