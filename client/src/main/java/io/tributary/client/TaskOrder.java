package io.tributary.client;

import io.tributary.client.train.LocalPlan;
import io.tributary.common.job.JobSpec;
import io.tributary.common.wire.Digest;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.TaskId;

/**
 * A task that this site has taken on: valid, and within its policy.
 *
 * @param id names it
 * @param job what to do, as this site has chosen to do it
 * @param jobDigest SHA-256 of the job's JSON as it was offered
 * @param model the weights to do it with
 * @param plan how much work it is on this site's data
 * @param terms what its update consists of
 */
record TaskOrder(
    TaskId id, JobSpec job, Digest jobDigest, Manifest model, LocalPlan plan, UpdateTerms terms) {}
