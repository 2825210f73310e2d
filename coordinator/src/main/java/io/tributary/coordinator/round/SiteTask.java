package io.tributary.coordinator.round;

import java.util.OptionalLong;

/**
 * One selected site's task in a round, as both machines keep it.
 *
 * @param attempt attempt in which the task was offered; a retained update keeps its own
 * @param state where the site stands
 * @param lostAtMillis since when the site is disconnected, if it is
 * @param rejoins how often the site came back while the task was open
 */
public record SiteTask(int attempt, SiteState state, OptionalLong lostAtMillis, int rejoins) {

  static SiteTask offered(int attempt) {
    return new SiteTask(attempt, new SiteState.Offered(), OptionalLong.empty(), 0);
  }

  SiteTask with(SiteState next) {
    return new SiteTask(attempt, next, lostAtMillis, rejoins);
  }

  SiteTask lostAt(long nowMillis) {
    return new SiteTask(attempt, state, OptionalLong.of(nowMillis), rejoins);
  }

  /** The task starts over under its old key; the site itself knows what of it is already done. */
  SiteTask reoffered() {
    return new SiteTask(attempt, new SiteState.Offered(), OptionalLong.empty(), rejoins + 1);
  }

  /** Drops the site if it has been away for the whole grace. */
  SiteTask expired(long nowMillis, long graceMillis) {
    if (state.isWorking()
        && lostAtMillis.isPresent()
        && nowMillis - lostAtMillis.getAsLong() >= graceMillis) {
      return with(
          new SiteState.Dropped(
              "disconnected while "
                  + state.label()
                  + " and not back within the rejoin grace of "
                  + graceMillis
                  + " ms"));
    }
    return this;
  }

  /** The task's end when its round closes without it. */
  SiteTask closed(String closing) {
    if (!state.isWorking()) {
      return this;
    }
    return lostAtMillis.isPresent()
        ? with(new SiteState.Dropped("disconnected while " + state.label() + " when " + closing))
        : with(new SiteState.Late("still " + state.label() + " when " + closing));
  }
}
