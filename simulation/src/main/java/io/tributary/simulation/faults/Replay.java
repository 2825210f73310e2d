package io.tributary.simulation.faults;

import java.io.PrintWriter;

/** Plays one seed again with its trace, or searches many seeds: for people and the command line. */
public final class Replay {
  /** Lines of trace that are printed of one seed. */
  public static final int TRACE_LINES = 4_000;

  private Replay() {}

  /**
   * Plays one seed and prints what happens.
   *
   * @return whether every promise was kept
   */
  public static boolean one(long seed, PrintWriter out) {
    Verdict verdict = Simulation.run(Schedule.of(seed), Build.SOUND, TRACE_LINES);
    out.print(verdict.report());
    verdict.violation().ifPresent(broken -> broken.printStackTrace(out));
    out.flush();
    return verdict.violation().isEmpty();
  }

  /**
   * Plays many seeds and prints the first that breaks a promise.
   *
   * @return whether every promise was kept
   */
  public static boolean many(long firstSeed, long count, PrintWriter out) {
    long events = 0;
    for (long seed = firstSeed; seed < firstSeed + count; seed++) {
      Verdict verdict = Simulation.run(seed);
      events += verdict.events();
      if (verdict.violation().isPresent()) {
        return one(seed, out);
      }
    }
    out.println(count + " schedules from seed " + firstSeed + ", " + events + " events: all kept");
    out.flush();
    return true;
  }
}
