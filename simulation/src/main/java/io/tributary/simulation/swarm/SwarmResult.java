package io.tributary.simulation.swarm;

import io.tributary.simulation.limits.MachineLimits;
import java.util.List;

/**
 * What a swarm measured. Component names are the keys of {@code tributary bench swarm --output
 * json} and part of the contract. Megabytes are 10^6 bytes, gigabytes 10^9; medians are over the
 * counted rounds.
 *
 * @param clients N
 * @param params P, of the model and of every update
 * @param warmupRounds that came first and are in no figure but the peak
 * @param rounds R, that count
 * @param rule of aggregation
 * @param optimizer of the coordinator
 * @param updateBytes of one update
 * @param roundSecondsMedian of a whole round, by the coordinator's own record of it: from the start
 *     of its training phase to the end of the evaluation of its model
 * @param roundSeconds of each round
 * @param ingestMegabytesPerSecond all updates ÷ (first chunk sent to last receipt received), median
 * @param ingestSeconds of each round
 * @param wholeRoundMegabytesPerSecond all updates ÷ the whole round, downlink included, median
 * @param egressMegabytesPerSecond the model to every client ÷ (first offer to its last chunk at the
 *     last client), median
 * @param egressSeconds of each round
 * @param foldSecondsMedian from the last receipt to the first offer of the new model
 * @param coordinatorCpuSecondsPerGigabyte of its process, from a round's first offer to the next
 *     round's (or to the last accepted evaluation), ÷ gigabytes received in updates; median
 * @param coordinatorCpuSeconds of each round
 * @param ingestCpuSecondsPerGigabyte the part of it between a round's first offer and last receipt;
 *     median
 * @param foldCpuSecondsPerGigabyte the part between its last receipt and the offer of its model;
 *     median
 * @param egressCpuSecondsPerGigabyte the part between that offer and the last evaluation; median
 * @param coordinatorPeakResidentBytes of its process, from its start to its end
 * @param handshakesPerSecond connections opened at the start: TCP, TLS with two certificates, hello
 * @param tlsLoopbackMegabytesPerSecond limit, see {@link MachineLimits}; each limit is the smaller
 *     of one measurement before the rounds and one after them
 * @param tlsSha256LoopbackMegabytesPerSecond limit
 * @param diskWriteFsyncMegabytesPerSecond limit
 * @param memoryMegabytesPerSecond limit
 * @param ingestShareOfLimit ingest ÷ the smaller of TLS with SHA-256 and write + fsync
 * @param receipts that the clients were given; every one was checked
 * @param modelsChecked published models that were recomputed from the updates
 * @param limitsBefore the rounds
 * @param limitsAfter the rounds
 */
public record SwarmResult(
    int clients,
    long params,
    int warmupRounds,
    int rounds,
    String rule,
    String optimizer,
    long updateBytes,
    double roundSecondsMedian,
    List<Double> roundSeconds,
    double ingestMegabytesPerSecond,
    List<Double> ingestSeconds,
    double wholeRoundMegabytesPerSecond,
    double egressMegabytesPerSecond,
    List<Double> egressSeconds,
    double foldSecondsMedian,
    double coordinatorCpuSecondsPerGigabyte,
    List<Double> coordinatorCpuSeconds,
    double ingestCpuSecondsPerGigabyte,
    double foldCpuSecondsPerGigabyte,
    double egressCpuSecondsPerGigabyte,
    long coordinatorPeakResidentBytes,
    double handshakesPerSecond,
    double tlsLoopbackMegabytesPerSecond,
    double tlsSha256LoopbackMegabytesPerSecond,
    double diskWriteFsyncMegabytesPerSecond,
    double memoryMegabytesPerSecond,
    double ingestShareOfLimit,
    int receipts,
    int modelsChecked,
    MachineLimits limitsBefore,
    MachineLimits limitsAfter) {
  /** Copies the lists. */
  public SwarmResult {
    roundSeconds = List.copyOf(roundSeconds);
    ingestSeconds = List.copyOf(ingestSeconds);
    egressSeconds = List.copyOf(egressSeconds);
    coordinatorCpuSeconds = List.copyOf(coordinatorCpuSeconds);
  }
}
