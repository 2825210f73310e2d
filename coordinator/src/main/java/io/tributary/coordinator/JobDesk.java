package io.tributary.coordinator;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.JobSpec;
import io.tributary.coordinator.job.JobStatus;
import io.tributary.coordinator.job.JobSummary;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Where jobs are submitted, seen, paused, resumed and stopped: what the admin API and the command
 * line ask. Every method may be called on any thread and returns at once; its future completes on
 * the owner's thread, and fails with a {@link UserErrorException} for whatever the asker can put
 * right.
 *
 * <pre>
 *            submit            a slot is free               all rounds, or none any more
 *   (nothing) ────► queued ─────────────────► running ─────────────► completed | failed
 *                    │  ▲                      │ │ ▲ restart: goes on
 *              pause │  │ resume         pause │ │ stop
 *                    ▼  │                      │ ▼
 *                   paused ◄──────────────────┘ stopped ◄── stop, from any state before the end
 * </pre>
 */
public interface JobDesk {
  /**
   * Submits a job; it runs as soon as a slot is free.
   *
   * @return the job once it is durable; fails REFUSED when the name is taken or too many jobs wait,
   *     FAILED when the job does not fit this machine
   */
  CompletableFuture<JobView> submit(JobSpec job);

  /**
   * Submits a job, or goes on with it if this very job was submitted before and has not ended.
   *
   * @return fails REFUSED when another job has the name, or the job has ended
   */
  CompletableFuture<JobView> submitOrGoOn(JobSpec job);

  /** The newest jobs, at most 1,000, oldest first. */
  CompletableFuture<List<JobView>> list();

  /** One job; fails when there is none of that name. */
  CompletableFuture<JobDetails> show(String name);

  /** What one job is, as it was submitted; fails when there is none of that name. */
  CompletableFuture<JobSpec> spec(String name);

  /** The running job that was taken up first, or else the newest one; fails when there is none. */
  CompletableFuture<JobStatus> status();

  /**
   * Holds a job back: what its sites work on is withdrawn, what is committed stays.
   *
   * @return the job once it is paused, which waits for a model that is being folded
   */
  CompletableFuture<JobView> pause(String name);

  /** Lets a paused job go on when a slot is free. */
  CompletableFuture<JobView> resume(String name);

  /** Ends a job for good; its newest model stays. */
  CompletableFuture<JobView> stop(String name);

  /** Completes when a job of this process has ended, with what is printed of it. */
  CompletableFuture<JobSummary> ended(String name);
}
