package io.tributary.simulation.swarm;

/**
 * When what happened in one round, as all clients of a swarm saw it together: nanoseconds of one
 * clock, and the coordinator's processor seconds at the same moments. Guarded by {@link
 * SwarmEvents}.
 *
 * <pre>
 *   first offer ─ first chunk ═ update bytes ═ last receipt ─ (fold) ─ first evaluation offer
 *                               ═ model bytes ═ last chunk of the model ─ last evaluation accepted
 * </pre>
 */
final class RoundTimes {
  /** A moment that has not come. */
  static final Moment NEVER = new Moment(0, Double.NaN);

  /**
   * A moment.
   *
   * @param nanos of the clock
   * @param cpuSeconds that the coordinator's process had used until then
   */
  record Moment(long nanos, double cpuSeconds) {
    boolean hasCome() {
      return !Double.isNaN(cpuSeconds);
    }

    double secondsUntil(Moment later) {
      return hasCome() && later.hasCome() ? (later.nanos - nanos) / 1e9 : Double.NaN;
    }

    double cpuSecondsUntil(Moment later) {
      return later.cpuSeconds - cpuSeconds;
    }
  }

  Moment firstOffer = NEVER;
  Moment firstChunk = NEVER;
  Moment lastReceipt = NEVER;
  Moment firstEvaluationOffer = NEVER;
  Moment lastModelChunk = NEVER;
  Moment lastEvaluation = NEVER;
  int receipts;
  int evaluations;
  long modelBytes;

  /** Seconds in which all updates came in and became durable. */
  double ingestSeconds() {
    return firstChunk.secondsUntil(lastReceipt);
  }

  /** Seconds in which the round's model went out to all clients. */
  double egressSeconds() {
    return firstEvaluationOffer.secondsUntil(lastModelChunk);
  }

  /** Seconds between the last receipt and the first offer of the new model. */
  double foldSeconds() {
    return lastReceipt.secondsUntil(firstEvaluationOffer);
  }
}
