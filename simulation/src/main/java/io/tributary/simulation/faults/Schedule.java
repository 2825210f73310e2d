package io.tributary.simulation.faults;

import io.tributary.common.job.JobSpec;
import io.tributary.common.job.LocalTraining;
import io.tributary.common.job.ModelSpec;
import io.tributary.common.job.RoundRules;
import io.tributary.common.job.ServerRules;
import io.tributary.common.job.UpdateRules;
import io.tributary.common.store.CrashMoment;
import io.tributary.common.tls.SiteName;
import io.tributary.simulation.faults.Fault.Trigger;
import io.tributary.simulation.faults.disk.Survival;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * A small federation, its job, and what goes wrong, all drawn from a seed: the scenario of one
 * {@link Simulation}.
 *
 * @param seed of the scenario and of every interleaving in it
 * @param sites how many
 * @param noisy whether training twice gives two different updates, as secret noise does
 * @param twin whether the first site runs twice by mistake, with one certificate and two homes
 * @param stragglers whether a site's work now and then takes many times as long as usual
 * @param keeping what the coordinator does with updates on its disk
 * @param job what is trained
 * @param faults in no order
 * @param calmAfterMillis when everything that is broken is whole again
 */
public record Schedule(
    long seed,
    int sites,
    boolean noisy,
    boolean twin,
    boolean stragglers,
    Keeping keeping,
    JobSpec job,
    List<Fault> faults,
    long calmAfterMillis) {
  private static final int MAX_SITES = 6;
  private static final int MAX_ROUNDS = 4;
  private static final int MAX_FAULTS = 8;
  private static final long LONGEST_FAULTS_MILLIS = 120_000;
  private static final List<Survival> SURVIVALS = List.of(Survival.values());

  /** About 700 parameters: a few chunks of a KiB. */
  private static final ModelSpec MODEL = new ModelSpec(null, 256, 2, 1, 1, 2, 4);

  /** Moments of a coordinator come first. */
  private static final CrashMoment FIRST_OF_SITE = CrashMoment.MODEL_RECEIVED;

  /**
   * What the coordinator does with updates on its disk.
   *
   * @param enciphered while they wait
   * @param kept after their round is published
   */
  public record Keeping(boolean enciphered, boolean kept) {
    /** As they came, and erased. */
    public static final Keeping PLAIN = new Keeping(false, false);
  }

  /** Copies the faults. */
  public Schedule {
    faults = List.copyOf(faults);
  }

  /** Draws the scenario of a seed. */
  public static Schedule of(long seed) {
    return new Drawing(seed).draw();
  }

  /** The same without anything going wrong. */
  public Schedule withoutFaults() {
    return withFaults(List.of());
  }

  /** The same with other faults. */
  public Schedule withFaults(List<Fault> others) {
    return new Schedule(
        seed, sites, noisy, twin, stragglers, keeping, job, others, calmAfterMillis);
  }

  /** Names of the sites, from 1. */
  public static SiteName site(int number) {
    return new SiteName("site-" + number);
  }

  /** A job like those that are drawn. */
  public static JobSpec job(long seed, int rounds, RoundRules rules) {
    return new JobSpec(
        "faults",
        seed,
        rounds,
        null,
        MODEL,
        null,
        new LocalTraining(null, 0.1, null, null, null, null, 4, 1, null),
        rules,
        new UpdateRules(2.0, 1_000L, null));
  }

  /** For people: one line for the scenario, one for each fault. */
  public String describe() {
    StringBuilder text = new StringBuilder();
    RoundRules rules = job.round();
    text.append(
        "%d sites%s%s, %d rounds of cohort %d x %s, quorum %d, at most %d attempts, server %s, calm after %d ms%n"
            .formatted(
                sites,
                twin ? " and a twin" : "",
                noisy ? ", noisy" : "",
                job.rounds(),
                rules.cohort(),
                rules.overSelection(),
                rules.quorum(),
                rules.maxAttempts(),
                job.server().optimizer(),
                calmAfterMillis));
    for (Fault fault : faults) {
      text.append("  ").append(fault).append(System.lineSeparator());
    }
    return text.toString();
  }

  /** The dice of one scenario. */
  private static final class Drawing {
    /**
     * The server's rules came later: of dice of their own, so that old seeds mean what they did.
     */
    private static final long SERVER_STREAM = 0x5e47e40b71312e45L;

    private static final ServerRules STATEFUL =
        new ServerRules(ServerRules.Optimizer.YOGI, 0.5, 0.1, null, null, null, null, null);
    private final long seed;
    private final RandomGenerator random;
    private int sites;

    Drawing(long seed) {
      this.seed = seed;
      this.random = new SplittableRandom(seed);
    }

    Schedule draw() {
      sites = 2 + least(MAX_SITES - 1, 3);
      int cohort = 1 + random.nextInt(sites);
      int asked = cohort + random.nextInt(sites - cohort + 1);
      double overSelection =
          BigDecimal.valueOf(asked)
              .divide(BigDecimal.valueOf(cohort), 4, RoundingMode.DOWN)
              .doubleValue();
      int quorum = random.nextInt(3) == 0 ? cohort : 1 + random.nextInt(cohort);
      RoundRules rules =
          new RoundRules(
              cohort,
              overSelection,
              quorum,
              30_000L,
              random.nextBoolean() ? 10_000L : 1_000L,
              10_000L,
              120_000L,
              random.nextInt(4) == 0 ? 2 : 8);
      int rounds = 1 + least(MAX_ROUNDS, 3);
      JobSpec job = job(1 + random.nextInt(4), rounds, rules).withServer(server());
      boolean noisy = random.nextInt(4) == 0;
      boolean twin = random.nextInt(8) == 0;
      Keeping keeping = new Keeping(random.nextInt(6) == 0, random.nextInt(6) == 0);
      long horizon = 5_000 + random.nextLong(LONGEST_FAULTS_MILLIS / 2);
      List<Fault> faults = new ArrayList<>();
      for (int i = Math.min(random.nextInt(MAX_FAULTS + 1), 1 + random.nextInt(MAX_FAULTS));
          i > 0;
          i--) {
        faults.add(fault(horizon));
      }
      return new Schedule(seed, sites, noisy, twin, true, keeping, job, faults, 2 * horizon);
    }

    /** FedYogi, whose state must survive everything, in every third scenario. */
    private ServerRules server() {
      RandomGenerator dice = new SplittableRandom(seed ^ SERVER_STREAM);
      return dice.nextInt(3) == 0 ? STATEFUL : ServerRules.DEFAULT;
    }

    /** The least of so many throws: small numbers are likely, and cheap to simulate. */
    private int least(int bound, int throwsOfDice) {
      int least = bound;
      for (int i = 0; i < throwsOfDice; i++) {
        least = Math.min(least, random.nextInt(bound));
      }
      return least;
    }

    private int site() {
      return 1 + random.nextInt(sites);
    }

    /** The coordinator, half the time. */
    private int host() {
      return random.nextBoolean() ? 0 : site();
    }

    private Fault fault(long horizon) {
      long at = random.nextLong(horizon);
      long duration = 1 + random.nextLong(random.nextBoolean() ? 5_000 : horizon);
      return switch (random.nextInt(21)) {
        case 0, 1 -> new Fault.Partition(site(), true, true, at, duration);
        case 2 -> {
          boolean up = random.nextBoolean();
          yield new Fault.Partition(site(), up, !up, at, duration);
        }
        case 3 -> new Fault.CutOff(at, duration);
        case 4, 5 -> new Fault.Cut(site(), at);
        case 6 ->
            new Fault.SlowLine(
                site(), at, duration, 1 + random.nextInt(3_000), 1 + random.nextInt(20));
        case 7, 8 -> new Fault.FullDisk(host(), at, duration, random.nextInt(8_192));
        case 9 -> new Fault.DiskError(host(), 1 + random.nextInt(200));
        case 10 -> new Fault.LedgerError(1 + random.nextInt(40));
        case 20 -> new Fault.Pause(at, duration);
        case 11 -> new Fault.Stall(host(), at, duration);
        case 12 -> new Fault.ClockJump(host(), at, random.nextLong(-3_600_000, 3_600_000));
        default -> death(horizon);
      };
    }

    private Fault death(long horizon) {
      int host = host();
      FakeProcess.Death how =
          switch (random.nextInt(8)) {
            case 0 -> FakeProcess.Death.EXITED;
            case 1, 2, 3 -> FakeProcess.Death.KILLED;
            default -> FakeProcess.Death.POWER_LOST;
          };
      Survival survival = SURVIVALS.get(random.nextInt(SURVIVALS.size()));
      long down = 100 + random.nextLong(random.nextBoolean() ? 3_000 : 30_000);
      Trigger trigger =
          how == FakeProcess.Death.EXITED
              ? new Trigger.AfterMillis(random.nextLong(horizon))
              : trigger(host, horizon);
      return new Fault.Death(host, trigger, how, survival, down);
    }

    private Trigger trigger(int host, long horizon) {
      return switch (random.nextInt(host == 0 ? 8 : 6)) {
        case 0 -> new Trigger.AfterMillis(random.nextLong(horizon));
        case 1, 2, 3 -> new Trigger.AtMoment(moment(host), 1 + random.nextInt(3));
        case 4, 5 -> new Trigger.AtDiskChange(1 + random.nextInt(120), random.nextBoolean());
        default -> new Trigger.AtTransaction(1 + random.nextInt(25), random.nextBoolean());
      };
    }

    private CrashMoment moment(int host) {
      List<CrashMoment> moments = new ArrayList<>();
      for (CrashMoment moment : CrashMoment.values()) {
        if ((moment.compareTo(FIRST_OF_SITE) < 0) == (host == 0)) {
          moments.add(moment);
        }
      }
      return moments.get(random.nextInt(moments.size()));
    }
  }
}
