package io.tributary.cli.demo;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * What the demo measured: the JSON object on the last line of {@code --output json}.
 *
 * @param rounds committed rounds
 * @param sitesStarted site processes, restarts not counted
 * @param sitesKilled of them with SIGKILL
 * @param sitesRejoined of those, seen connected again by the coordinator
 * @param heldOutNatsPerByteInitial loss of the initial weights on all held-out text
 * @param heldOutNatsPerByteFinal loss of the last model on all held-out text
 * @param largestSite who trained alone
 * @param largestSiteAloneNatsPerByte loss of its model on all held-out text; absent without
 *     baseline
 * @param modelDigest SHA-256 of the last model's weights
 * @param modelDirectory where the model is; absent when it was deleted with the demo's home
 * @param bytesUp received by the coordinator
 * @param bytesDown sent by the coordinator
 * @param seconds from the start of the first process to the end of the job, without baseline
 * @param coordinatorPeakResidentBytes of the coordinator's process; absent where the system does
 *     not tell
 * @param roundOverheadSecondsMedian median over the rounds of what was neither training nor
 *     evaluation
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record DemoResult(
    int rounds,
    int sitesStarted,
    int sitesKilled,
    int sitesRejoined,
    double heldOutNatsPerByteInitial,
    double heldOutNatsPerByteFinal,
    String largestSite,
    Double largestSiteAloneNatsPerByte,
    String modelDigest,
    String modelDirectory,
    long bytesUp,
    long bytesDown,
    double seconds,
    Long coordinatorPeakResidentBytes,
    double roundOverheadSecondsMedian) {}
