package io.tributary.coordinator.job;

import io.tributary.common.job.JobSpec;
import io.tributary.common.store.CrashPoint;
import io.tributary.common.wire.WireLimits;
import io.tributary.coordinator.ledger.Ledger;
import io.tributary.coordinator.ledger.RunRow;
import java.time.Clock;

/**
 * Everything a job works with: one place to swap the world for a fake one.
 *
 * @param run what to do, and under which id
 * @param limits bounds of the wire
 * @param pace waits that the job does not state
 * @param pending work on other threads; it comes back on the job's only thread
 * @param timer the job's only clock
 * @param wallClock for time stamps in records
 * @param gateway to the sites
 * @param uploads updates on disk
 * @param models models on disk
 * @param ledger what outlives the process
 * @param journal ended attempts
 * @param crash hears of the moments at which a crash would hurt most
 * @param outcomes what sites were told
 * @param activity who is busy
 */
record JobContext(
    RunRow run,
    WireLimits limits,
    Pace pace,
    PendingWork pending,
    Timer timer,
    Clock wallClock,
    SiteGateway gateway,
    UploadStore uploads,
    ModelStore models,
    Ledger ledger,
    RoundJournal journal,
    CrashPoint crash,
    OutcomeLog outcomes,
    ActivityMeter activity) {

  JobSpec job() {
    return run.job();
  }

  /** On the wire, in the ledger and in the logs. */
  String runId() {
    return run.runId();
  }

  /** Monotonic milliseconds. */
  long now() {
    return timer.nowMillis();
  }
}
