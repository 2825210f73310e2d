package io.tributary.simulation.swarm;

import io.tributary.common.job.AggregationRules;
import io.tributary.common.job.ServerRules;

/**
 * What a swarm does.
 *
 * @param clients N, sites that take part in every round
 * @param parameters P, of the model; what is possible near it is taken, see {@link SwarmJob}
 * @param warmupRounds rounds before those that count: a Java process that has just started spends
 *     most of its time on compiling itself
 * @param rounds R, that count; the evaluation of the initial weights does not
 * @param aggregation the job's {@code aggregation}
 * @param server the job's {@code server}
 * @param limitMillis how long each limit of the machine is measured, before the rounds and after
 *     them
 */
public record SwarmOptions(
    int clients,
    long parameters,
    int warmupRounds,
    int rounds,
    AggregationRules aggregation,
    ServerRules server,
    long limitMillis) {
  /** As many as have room in one entry of the transparency log. */
  public static final int MAX_CLIENTS = 2_048;

  /** Fewer than this have no model. */
  public static final long MIN_PARAMETERS = 2_500;

  /** Positions of a model's values are ints. */
  public static final long MAX_PARAMETERS = 1_000_000_000;

  /** More rounds than this measure nothing new. */
  public static final int MAX_ROUNDS = 1_000;

  private static final long USUAL_WARMUP_BYTES = 4_000_000_000L;
  private static final long MAX_USUAL_WARMUP_ROUNDS = 200;

  /** Checks the ranges. */
  public SwarmOptions {
    require("clients", clients, 1, MAX_CLIENTS);
    require("params", parameters, MIN_PARAMETERS, MAX_PARAMETERS);
    require("warm-up rounds", warmupRounds, 0, MAX_ROUNDS);
    require("rounds", rounds, 1, MAX_ROUNDS);
    require("limit millis", limitMillis, 1, 600_000);
  }

  /** Rounds of the job: those that count and those before them. */
  public int allRounds() {
    return warmupRounds + rounds;
  }

  private static void require(String name, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          name + " is " + value + " but must be " + least + " to " + most);
    }
  }

  /** Rounds in which a coordinator that has just started comes up to speed: about 4 GB of them. */
  public static int usualWarmup(int clients, long parameters) {
    long roundBytes = Math.max(1, clients) * Math.max(1, parameters) * Float.BYTES;
    return (int) Math.max(1, Math.min(MAX_USUAL_WARMUP_ROUNDS, USUAL_WARMUP_BYTES / roundBytes));
  }
}
