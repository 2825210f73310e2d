package io.tributary.simulation.swarm;

import io.tributary.common.job.JobSpec;
import io.tributary.simulation.limits.MachineLimits;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * Turns the times of a swarm's rounds into its result.
 *
 * @param job what was done
 * @param updateValues of an update
 * @param times of rounds 1 to R
 * @param roundSeconds of the same rounds, by the coordinator's records
 * @param peakResidentBytes of the coordinator
 * @param handshakesPerSecond at the start
 * @param receipts that were checked
 * @param modelsChecked that were recomputed
 * @param before the rounds
 * @param after the rounds
 */
record SwarmMeasures(
    JobSpec job,
    long updateValues,
    List<RoundTimes> times,
    List<Double> roundSeconds,
    long peakResidentBytes,
    double handshakesPerSecond,
    int receipts,
    int modelsChecked,
    MachineLimits before,
    MachineLimits after) {

  SwarmResult result() {
    int clients = job.round().cohort();
    long updateBytes = updateValues * Float.BYTES;
    double roundMegabytes = clients * updateBytes / 1e6;
    double gigabytes = roundMegabytes * times.size() / 1e3;
    MachineLimits limits = before.smaller(after);
    double ingest =
        median(times.stream().map(round -> roundMegabytes / round.ingestSeconds()).toList());
    return new SwarmResult(
        clients,
        updateValues,
        times.size(),
        job.aggregation().rule().toString(),
        job.server().optimizer().toString(),
        updateBytes,
        median(roundSeconds),
        roundSeconds,
        ingest,
        times.stream().map(RoundTimes::ingestSeconds).toList(),
        roundMegabytes / median(roundSeconds),
        median(
            times.stream().map(round -> round.modelBytes / 1e6 / round.egressSeconds()).toList()),
        times.stream().map(RoundTimes::egressSeconds).toList(),
        median(times.stream().map(RoundTimes::foldSeconds).toList()),
        times.get(0).firstOffer.cpuSecondsUntil(times.get(times.size() - 1).lastEvaluation)
            / gigabytes,
        sum(round -> round.firstOffer.cpuSecondsUntil(round.lastReceipt)) / gigabytes,
        sum(round -> round.lastReceipt.cpuSecondsUntil(round.firstEvaluationOffer)) / gigabytes,
        sum(round -> round.firstEvaluationOffer.cpuSecondsUntil(round.lastEvaluation)) / gigabytes,
        peakResidentBytes,
        handshakesPerSecond,
        limits.tlsLoopbackMegabytesPerSecond(),
        limits.tlsSha256LoopbackMegabytesPerSecond(),
        limits.diskWriteFsyncMegabytesPerSecond(),
        limits.memoryMegabytesPerSecond(),
        ingest / limits.ingestLimit(),
        receipts,
        modelsChecked,
        before,
        after);
  }

  private double sum(ToDoubleFunction<RoundTimes> part) {
    return times.stream().mapToDouble(part).sum();
  }

  /** The middle value, or the mean of the two in the middle. */
  static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }
}
