package io.tributary.coordinator;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * One submitted job in a list: {@code GET /v1/jobs}. Component names are the JSON's keys and part
 * of the contract.
 *
 * @param job its name
 * @param runId its name on the wire and in receipts
 * @param state {@code queued}, {@code running}, {@code pausing}, {@code stopping}, {@code paused},
 *     {@code completed}, {@code failed} or {@code stopped}
 * @param reason why it is paused or has ended without a result
 * @param round rounds committed so far
 * @param rounds how many there will be
 * @param modelDigest SHA-256 of the newest published model; absent if there is none
 * @param modelDirectory where it is; absent if there is none
 * @param submittedAt in ISO 8601, by the coordinator's clock
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record JobView(
    String job,
    String runId,
    String state,
    String reason,
    int round,
    int rounds,
    String modelDigest,
    String modelDirectory,
    String submittedAt) {}
