package io.tributary.simulation.faults;

import java.util.List;
import java.util.Optional;

/**
 * What came of a {@link Simulation}.
 *
 * @param schedule what was simulated
 * @param violation the first promise that was broken, if one was
 * @param outcome how the run ended, for people
 * @param publishedRounds how many models were published after the initial one
 * @param finalDigest of the newest model, in hex; empty if there is none
 * @param events how many events were simulated
 * @param deaths how many processes ended, whether killed or by themselves
 * @param fingerprint of the whole course: equal for equal courses
 * @param trace the last lines of what happened, if they were asked for
 */
public record Verdict(
    Schedule schedule,
    Optional<Violation> violation,
    String outcome,
    int publishedRounds,
    String finalDigest,
    long events,
    int deaths,
    long fingerprint,
    List<String> trace) {
  /** Copies the trace. */
  public Verdict {
    trace = List.copyOf(trace);
  }

  /**
   * For people: the scenario, the trace if there is one, what was broken, and how to see it again.
   */
  public String report() {
    StringBuilder text = new StringBuilder();
    text.append("seed ").append(schedule.seed()).append(": ").append(schedule.describe());
    for (String line : trace) {
      text.append(line).append(System.lineSeparator());
    }
    text.append(outcome).append(" after ").append(events).append(" events");
    violation.ifPresent(
        broken ->
            text.append(
                "%nVIOLATION %s%nreplay: tributary simulate-faults --seed %d"
                    .formatted(broken.getMessage(), schedule.seed())));
    return text.append(System.lineSeparator()).toString();
  }
}
