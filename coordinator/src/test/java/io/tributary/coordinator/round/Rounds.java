package io.tributary.coordinator.round;

import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.v1.SignedStatement;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** Plans, sites and a machine with its state, for tests that play a round event by event. */
final class Rounds {
  static final long DEADLINE_MILLIS = 10_000;
  static final long GRACE_MILLIS = 1_000;
  static final long GATHER_MILLIS = 200;
  static final long START_WAIT_MILLIS = 5_000;
  static final long RETRY_PAUSE_MILLIS = 50;
  static final long AGGREGATION_LIMIT_MILLIS = 60_000;

  private Rounds() {}

  static RoundPlan plan(int cohort, int target, int quorum, int maxAttempts) {
    return new RoundPlan(
        3,
        42,
        cohort,
        target,
        quorum,
        DEADLINE_MILLIS,
        GRACE_MILLIS,
        GATHER_MILLIS,
        START_WAIT_MILLIS,
        RETRY_PAUSE_MILLIS,
        AGGREGATION_LIMIT_MILLIS,
        maxAttempts);
  }

  static SiteName site(int index) {
    return new SiteName("site-" + index);
  }

  static SortedSet<SiteName> sites(int count) {
    SortedSet<SiteName> sites = new TreeSet<>();
    for (int i = 0; i < count; i++) {
      sites.add(site(i));
    }
    return sites;
  }

  static UpdateReceipt receipt(int index) {
    return new UpdateReceipt("digest-" + index, 100 + index, SignedStatement.getDefaultInstance());
  }

  /** A round being played: feeds events, keeps the state and the last effects. */
  static final class Play {
    final RoundMachine machine;
    RoundState state;
    long now;
    List<RoundEffect> effects = List.of();
    final List<RoundEffect> allEffects = new ArrayList<>();

    Play(RoundPlan plan, int connected) {
      machine = new RoundMachine(plan);
      state = machine.initial();
      take(new RoundEvent.Began(now, sites(connected)));
    }

    Play take(RoundEvent event) {
      Step<RoundState, RoundEffect> step = machine.step(state, event);
      state = step.state();
      effects = step.effects();
      allEffects.addAll(effects);
      return this;
    }

    Play durable(int index) {
      return take(new RoundEvent.UpdateDurable(now, site(index), state.attempt(), receipt(index)));
    }

    Play refusedUpdate(int index, String reason) {
      return take(new RoundEvent.UpdateRefused(now, site(index), state.attempt(), reason));
    }

    Play disconnected(int index) {
      return take(new RoundEvent.SiteDisconnected(now, site(index)));
    }

    Play connected(int index) {
      return take(new RoundEvent.SiteConnected(now, site(index)));
    }

    Play after(long millis) {
      now += millis;
      return take(new RoundEvent.TimePassed(now));
    }

    SiteState siteState(int index) {
      return state.tasks().get(site(index)).state();
    }

    <T extends RoundEffect> List<T> effects(Class<T> type) {
      return effects.stream().filter(type::isInstance).map(type::cast).toList();
    }
  }
}
