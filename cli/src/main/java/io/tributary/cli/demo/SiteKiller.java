package io.tributary.cli.demo;

import io.tributary.coordinator.job.JobStatus;
import io.tributary.simulation.LocalFederation;
import java.io.IOException;
import java.util.Optional;

/**
 * Kills one site with SIGKILL while it trains, and starts it again later: the part of the demo that
 * shows that a site may die.
 *
 * <pre>
 *   waiting ──(trains in the chosen round)──► killed ──(that round is over)──► restarted ──► back
 * </pre>
 *
 * <p>In a job's last round there is no later one to join, so there the site is started again as
 * soon as the coordinator has noticed its loss, and rejoins the round if it is still open.
 */
final class SiteKiller {
  private enum State {
    WAITING,
    KILLED,
    RESTARTED,
    BACK
  }

  private final LocalFederation federation;
  private final String victim;
  private final int killRound;
  private State state = State.WAITING;

  /** Will kill {@code victim} in round 2, or in the only round. */
  SiteKiller(LocalFederation federation, String victim, int rounds) {
    this.federation = federation;
    this.victim = victim;
    this.killRound = Math.min(2, rounds);
  }

  /** Acts on what the coordinator says; a sentence for the user when something happened. */
  Optional<String> observe(JobStatus status) throws IOException, InterruptedException {
    Optional<JobStatus.Site> site =
        status.sites().stream().filter(each -> each.site().equals(victim)).findFirst();
    boolean connected = site.map(JobStatus.Site::connected).orElse(false);
    switch (state) {
      case WAITING -> {
        if (status.round() == killRound && site.map(SiteKiller::midTraining).orElse(false)) {
          long pid = federation.process(victim).pid();
          federation.kill(victim);
          state = State.KILLED;
          return Optional.of("killed site " + victim + " (process " + pid + ") while it trained");
        }
      }
      case KILLED -> {
        boolean over =
            status.history().stream().anyMatch(record -> record.round() == killRound)
                || status.round() > killRound;
        boolean last = killRound == status.rounds();
        if (over || (last && !connected)) {
          federation.startSite(victim);
          state = State.RESTARTED;
          return Optional.of("started site " + victim + " again");
        }
      }
      case RESTARTED -> {
        if (connected) {
          state = State.BACK;
          return Optional.of("site " + victim + " is back");
        }
      }
      case BACK -> {}
    }
    return Optional.empty();
  }

  private static boolean midTraining(JobStatus.Site site) {
    return site.state().equals("training") && site.done() != null && site.done() > 0;
  }

  boolean killed() {
    return state != State.WAITING;
  }

  boolean rejoined() {
    return state == State.BACK;
  }
}
