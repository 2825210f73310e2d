package io.tributary.simulation.swarm;

import io.tributary.common.job.JobSpec;
import io.tributary.simulation.limits.MachineLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Turns the times of a swarm's rounds into its result.
 *
 * @param job what was done
 * @param updateValues of an update
 * @param warmupRounds that came before
 * @param times of the rounds that count
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
    int warmupRounds,
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
    List<Double> cpuSeconds = cpuSeconds();
    MachineLimits limits = before.smaller(after);
    double ingest =
        median(times.stream().map(round -> roundMegabytes / round.ingestSeconds()).toList());
    return new SwarmResult(
        clients,
        updateValues,
        warmupRounds,
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
        1e3 * median(cpuSeconds) / roundMegabytes,
        cpuSeconds,
        cpuSecondsPerGigabyte(round -> round.firstOffer, round -> round.lastReceipt),
        cpuSecondsPerGigabyte(round -> round.lastReceipt, round -> round.firstEvaluationOffer),
        cpuSecondsPerGigabyte(round -> round.firstEvaluationOffer, round -> round.lastEvaluation),
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

  /** Of each round, what came after its last evaluation included. */
  private List<Double> cpuSeconds() {
    List<Double> seconds = new ArrayList<>();
    for (int i = 0; i < times.size(); i++) {
      RoundTimes.Moment end =
          i + 1 < times.size() ? times.get(i + 1).firstOffer : times.get(i).lastEvaluation;
      seconds.add(times.get(i).firstOffer.cpuSecondsUntil(end));
    }
    return seconds;
  }

  private double cpuSecondsPerGigabyte(
      Function<RoundTimes, RoundTimes.Moment> from, Function<RoundTimes, RoundTimes.Moment> to) {
    double roundGigabytes = job.round().cohort() * updateValues * Float.BYTES / 1e9;
    return median(
        times.stream()
            .map(round -> from.apply(round).cpuSecondsUntil(to.apply(round)) / roundGigabytes)
            .toList());
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
