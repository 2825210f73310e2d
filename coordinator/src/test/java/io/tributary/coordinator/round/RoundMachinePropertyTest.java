package io.tributary.coordinator.round;

import static io.tributary.coordinator.round.Rounds.receipt;
import static io.tributary.coordinator.round.Rounds.site;
import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.common.tls.SiteName;
import io.tributary.coordinator.round.RoundEffect.Contribution;
import io.tributary.coordinator.round.RoundEffect.Fold;
import io.tributary.coordinator.round.RoundState.Aborted;
import io.tributary.coordinator.round.RoundState.Aggregating;
import io.tributary.coordinator.round.RoundState.Collecting;
import io.tributary.coordinator.round.RoundState.Waiting;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/** The promises of the round machine, over random plans and random event sequences. */
class RoundMachinePropertyTest {
  private static final int SITES = 6;

  /** One random event; what it means depends on the time and attempt at which it is played. */
  record Draw(int kind, int index, long passedMillis, int attemptShift) {
    RoundEvent event(RoundState state, long now) {
      int attempt = Math.max(1, state.attempt() + attemptShift);
      return switch (kind) {
        case 0 -> new RoundEvent.SiteConnected(now, site(index));
        case 1 -> new RoundEvent.SiteDisconnected(now, site(index));
        case 2 -> new RoundEvent.TaskAccepted(now, site(index), attempt);
        case 3 -> new RoundEvent.TaskRefused(now, site(index), attempt, "no");
        case 4 -> new RoundEvent.WorkAdvanced(now, site(index), attempt, 1, 2);
        case 5 -> new RoundEvent.UploadAdvanced(now, site(index), attempt, 1, 2);
        case 6, 7, 8 -> new RoundEvent.UpdateDurable(now, site(index), attempt, receipt(index));
        case 9 -> new RoundEvent.UpdateRefused(now, site(index), attempt, "NaN");
        case 10 -> new RoundEvent.TimePassed(now);
        case 11 -> new RoundEvent.Folded(now, attempt);
        case 12 -> new RoundEvent.Published(now, attempt, "model-" + attempt);
        case 13 -> new RoundEvent.AggregationFailed(now, attempt, "disk");
        default -> new RoundEvent.Began(now, Rounds.sites(index));
      };
    }
  }

  @Provide
  Arbitrary<RoundPlan> plans() {
    return Combinators.combine(
            Arbitraries.integers().between(1, 4),
            Arbitraries.integers().between(0, 2),
            Arbitraries.integers().between(0, 3),
            Arbitraries.integers().between(1, 3))
        .as(
            (cohort, extra, below, attempts) ->
                Rounds.plan(cohort, cohort + extra, Math.max(1, cohort - below), attempts));
  }

  @Provide
  Arbitrary<List<Draw>> draws() {
    Arbitrary<Long> passed =
        Arbitraries.frequencyOf(
            Tuple.of(8, Arbitraries.longs().between(0, 20)),
            Tuple.of(2, Arbitraries.longs().between(0, 3_000)),
            Tuple.of(1, Arbitraries.longs().between(0, 70_000)));
    Arbitrary<Integer> shift =
        Arbitraries.frequencyOf(
            Tuple.of(9, Arbitraries.just(0)), Tuple.of(1, Arbitraries.integers().between(-1, 1)));
    return Combinators.combine(
            Arbitraries.integers().between(0, 14),
            Arbitraries.integers().between(0, SITES - 1),
            passed,
            shift)
        .as(Draw::new)
        .list()
        .ofMaxSize(120);
  }

  /** Plays the draws from {@code connected} sites and checks what must hold after every step. */
  private static Rounds.Play play(RoundPlan plan, int connected, List<Draw> draws) {
    Rounds.Play play = new Rounds.Play(plan, connected);
    checkStep(plan, play);
    for (Draw draw : draws) {
      play.now += draw.passedMillis();
      boolean ended = play.state.isEnded();
      play.take(draw.event(play.state, play.now));
      if (ended) {
        assertThat(play.state.isEnded()).isTrue();
      }
      checkStep(plan, play);
    }
    return play;
  }

  private static void checkStep(RoundPlan plan, Rounds.Play play) {
    for (Fold fold : play.effects(Fold.class)) {
      Set<SiteName> sites = new HashSet<>();
      for (Contribution contribution : fold.contributions()) {
        assertThat(sites.add(contribution.site())).as("folded once").isTrue();
      }
      assertThat(sites.size()).isBetween(plan.quorum(), plan.cohort());
      assertThat(play.state).isInstanceOf(Aggregating.class);
    }
    assertThat(play.effects(Fold.class)).hasSizeLessThanOrEqualTo(1);
    if (play.state instanceof Collecting collecting) {
      long durable =
          collecting.tasks().values().stream()
              .filter(task -> task.state() instanceof SiteState.Durable)
              .count();
      assertThat(durable).isLessThan(plan.cohort());
      assertThat(play.now - collecting.startedMillis()).isLessThan(plan.deadlineMillis());
      assertThat(collecting.tasks().size()).isLessThanOrEqualTo(plan.target());
    }
    if (!play.state.isEnded()) {
      WakeCheck.requireWake(plan, play);
    }
    if (play.state instanceof Aborted aborted) {
      assertThat(aborted.reason()).isNotBlank();
      assertThat(aborted.attempt()).isLessThanOrEqualTo(plan.maxAttempts());
    }
  }

  @Property
  void neverFoldsASiteTwiceAndAlwaysBetweenQuorumAndCohort(
      @ForAll("plans") RoundPlan plan, @ForAll("draws") List<Draw> draws) {
    Rounds.Play play = play(plan, SITES - 1, draws);
    List<Integer> attempts =
        play.allEffects.stream()
            .filter(Fold.class::isInstance)
            .map(effect -> ((Fold) effect).attempt())
            .toList();
    assertThat(attempts).doesNotHaveDuplicates();
    assertThat(play.allEffects.stream().filter(RoundEffect.Publish.class::isInstance).count())
        .isLessThanOrEqualTo(attempts.size());
  }

  @Property
  void everyStateEndsWhenNothingButTimePasses(
      @ForAll("plans") RoundPlan plan, @ForAll("draws") List<Draw> draws) {
    Rounds.Play play = play(plan, 3, draws);
    int wakes = 0;
    while (!play.state.isEnded()) {
      WakeCheck.requireWake(plan, play);
      play.now = Math.max(play.now, WakeCheck.lastWake(play));
      play.take(new RoundEvent.TimePassed(play.now));
      assertThat(++wakes).as("state %s after many wakes", play.state).isLessThan(100);
    }
  }

  @Property
  void anAcceptedUpdateIsNeverErasedByTheMachine(
      @ForAll("plans") RoundPlan plan, @ForAll("draws") List<Draw> draws) {
    Rounds.Play play = play(plan, 4, draws);
    play.take(new RoundEvent.Stopped(play.now, "test ends"));
    if (play.state instanceof Aggregating aggregating) {
      play.take(new RoundEvent.AggregationFailed(play.now, aggregating.attempt(), "disk"));
    }
    assertThat(play.state.isEnded()).isTrue();
    Set<RoundEffect.EraseUpload> accepted = new HashSet<>();
    for (RoundEffect effect : play.allEffects) {
      if (effect instanceof RoundEffect.EraseUpload erase) {
        assertThat(accepted).doesNotContain(erase);
      } else if (effect instanceof RoundEffect.Conclude conclude
          && conclude.outcome() == RoundEffect.Outcome.ACCEPTED) {
        accepted.add(new RoundEffect.EraseUpload(conclude.site(), conclude.attempt()));
      }
    }
  }

  @Property
  void anAcceptedUpdateIsNeverAnsweredOtherwise(
      @ForAll("plans") RoundPlan plan, @ForAll("draws") List<Draw> draws) {
    Rounds.Play play = play(plan, SITES, draws);
    Set<RoundEffect.EraseUpload> accepted = new HashSet<>();
    for (RoundEffect effect : play.allEffects) {
      if (effect instanceof RoundEffect.Conclude conclude) {
        RoundEffect.EraseUpload key =
            new RoundEffect.EraseUpload(conclude.site(), conclude.attempt());
        if (conclude.outcome() == RoundEffect.Outcome.ACCEPTED) {
          accepted.add(key);
        } else {
          assertThat(accepted).doesNotContain(key);
        }
      }
    }
  }

  @Property
  void effectsAreAFunctionOfTheEvents(
      @ForAll("plans") RoundPlan plan, @ForAll("draws") List<Draw> draws) {
    Rounds.Play first = play(plan, 4, draws);
    Rounds.Play second = play(plan, 4, new ArrayList<>(draws));
    assertThat(second.allEffects).isEqualTo(first.allEffects);
    assertThat(second.state).isEqualTo(first.state);
  }

  /**
   * A state that can last must have asked to be woken, and for its own sake: a wake of an earlier
   * state, which may have passed, does not count.
   */
  private static final class WakeCheck {
    static void requireWake(RoundPlan plan, Rounds.Play play) {
      long wake = lastWake(play);
      if (play.state instanceof Waiting waiting) {
        assertThat(wake - waiting.sinceMillis()).isIn(plan.gatherMillis(), plan.startWaitMillis());
        assertThat(wake).isGreaterThan(play.now);
      } else if (play.state instanceof Collecting collecting) {
        assertThat(wake).isGreaterThan(play.now);
        assertThat(wake).isLessThanOrEqualTo(collecting.startedMillis() + plan.deadlineMillis());
        for (SiteTask task : collecting.tasks().values()) {
          if (task.state().isWorking() && task.lostAtMillis().isPresent()) {
            assertThat(wake)
                .isLessThanOrEqualTo(task.lostAtMillis().getAsLong() + plan.rejoinGraceMillis());
          }
        }
      } else if (play.state instanceof Aggregating aggregating) {
        assertThat(wake).isEqualTo(aggregating.sinceMillis() + plan.aggregationLimitMillis());
      } else {
        Aborted aborted = (Aborted) play.state;
        assertThat(wake).isEqualTo(aborted.sinceMillis() + plan.retryPauseMillis());
      }
    }

    static long lastWake(Rounds.Play play) {
      long last = 0;
      for (RoundEffect effect : play.allEffects) {
        if (effect instanceof RoundEffect.WakeAt wake) {
          last = wake.atMillis();
        }
      }
      return last;
    }
  }
}
