package io.tributary.coordinator;

import io.tributary.coordinator.job.JobStatus;

/**
 * One submitted job in full: {@code GET /v1/jobs/NAME}. Component names are the JSON's keys and
 * part of the contract.
 *
 * @param job where it stands
 * @param status rounds, sites and losses
 */
public record JobDetails(JobView job, JobStatus status) {}
