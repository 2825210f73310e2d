package io.tributary.coordinator.round;

import static io.tributary.coordinator.round.Rounds.site;
import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.coordinator.round.EvaluationState.Evaluating;
import io.tributary.coordinator.round.EvaluationState.Finished;
import io.tributary.coordinator.round.EvaluationState.Gathering;
import io.tributary.coordinator.round.RoundEffect.Conclude;
import io.tributary.coordinator.round.RoundEffect.Offer;
import io.tributary.coordinator.round.RoundEffect.Outcome;
import io.tributary.coordinator.round.RoundEffect.WakeAt;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class EvaluationMachineTest {
  private static final EvaluationPlan PLAN = new EvaluationPlan(1, 2, 300, 10_000, 1_000);
  private static final HeldOutLoss LOSS = new HeldOutLoss(250, 100);

  private final EvaluationMachine machine = new EvaluationMachine(PLAN);
  private EvaluationState state = machine.initial();
  private List<RoundEffect.OfTask> effects = List.of();

  private void take(EvaluationEvent event) {
    var step = machine.step(state, event);
    state = step.state();
    effects = step.effects();
  }

  @Test
  void asksEveryConnectedSiteAndFinishesWhenAllHaveReported() {
    take(new RoundEvent.Began(0, Rounds.sites(3)));
    assertThat(effects)
        .containsExactly(
            new Offer(site(0), 1),
            new Offer(site(1), 1),
            new Offer(site(2), 1),
            new WakeAt(10_000));
    for (int i = 0; i < 3; i++) {
      assertThat(state).isInstanceOf(Evaluating.class);
      take(new EvaluationEvent.Reported(10, site(i), LOSS));
    }
    assertThat(state).isInstanceOf(Finished.class);
    assertThat(state.tasks().get(site(1)).state()).isEqualTo(new SiteState.Reported(LOSS));
  }

  @Test
  void waitsForTheWantedSitesOnlySoLong() {
    take(new RoundEvent.Began(0, Rounds.sites(1)));
    assertThat(state).isInstanceOf(Gathering.class);
    assertThat(effects).containsExactly(new WakeAt(300));
    take(new RoundEvent.TimePassed(300));
    assertThat(state).isInstanceOf(Evaluating.class);
    assertThat(state.tasks()).hasSize(1);
  }

  @Test
  void finishesEmptyWhenNobodyComes() {
    take(new RoundEvent.Began(0, Rounds.sites(0)));
    take(new RoundEvent.TimePassed(300));
    assertThat(state).isInstanceOf(Finished.class);
    assertThat(((Finished) state).reason()).contains("within 300 ms");
  }

  @Test
  void finishesAtTheDeadlineAndTellsTheSlowOnesTheyAreLate() {
    take(new RoundEvent.Began(0, Rounds.sites(2)));
    take(new EvaluationEvent.Reported(10, site(0), LOSS));
    take(new RoundEvent.TimePassed(9_999));
    assertThat(state).isInstanceOf(Evaluating.class);
    take(new RoundEvent.TimePassed(10_000));
    assertThat(state).isInstanceOf(Finished.class);
    assertThat(effects)
        .singleElement()
        .isInstanceOfSatisfying(
            Conclude.class, c -> assertThat(c.outcome()).isEqualTo(Outcome.LATE));
  }

  @Test
  void takesASiteThatConnectsWhileItIsOpen() {
    take(new RoundEvent.Began(0, Rounds.sites(2)));
    take(new RoundEvent.SiteConnected(5, site(7)));
    assertThat(effects).containsExactly(new Offer(site(7), 1));
    assertThat(state.tasks()).containsKey(site(7));
  }

  @Test
  void aRefusedReportIsNoReportAndIsAnsweredTheSameAgain() {
    take(new RoundEvent.Began(0, Rounds.sites(2)));
    take(new EvaluationEvent.ReportRefused(5, site(0), "nats_total is NaN"));
    List<RoundEffect.OfTask> first = effects;
    assertThat(first)
        .singleElement()
        .isInstanceOfSatisfying(
            Conclude.class, c -> assertThat(c.outcome()).isEqualTo(Outcome.REFUSED));
    take(new EvaluationEvent.Reported(6, site(0), LOSS));
    assertThat(effects).isEqualTo(first);
  }

  @Test
  void stoppingWithdrawsWhatIsOpen() {
    take(new RoundEvent.Began(0, Rounds.sites(2)));
    take(new RoundEvent.Stopped(1, "stop"));
    assertThat(state).isInstanceOf(Finished.class);
    assertThat(effects)
        .allSatisfy(
            effect -> assertThat(((Conclude) effect).outcome()).isEqualTo(Outcome.WITHDRAWN));
  }

  @Property
  void everyEvaluationEndsWhenNothingButTimePasses(
      @ForAll @Size(max = 60) List<@IntRange(max = 49) Integer> draws) {
    EvaluationState played = machine.initial();
    List<RoundEffect.OfTask> all = new ArrayList<>();
    long now = 0;
    var begun = machine.step(played, new RoundEvent.Began(now, Rounds.sites(2)));
    played = begun.state();
    all.addAll(begun.effects());
    for (int draw : draws) {
      now += draw * 7L;
      var step = machine.step(played, event(draw, now));
      played = step.state();
      all.addAll(step.effects());
    }
    int wakes = 0;
    while (!played.isEnded()) {
      for (RoundEffect.OfTask effect : all) {
        now = effect instanceof WakeAt wake ? Math.max(now, wake.atMillis()) : now;
      }
      var step = machine.step(played, new RoundEvent.TimePassed(now));
      played = step.state();
      all.addAll(step.effects());
      assertThat(++wakes).isLessThan(20);
    }
    assertThat(played.tasks().values()).noneMatch(task -> task.state().isWorking());
  }

  private static EvaluationEvent event(int draw, long now) {
    int index = draw / 10;
    return switch (draw % 10) {
      case 0, 1 -> new RoundEvent.SiteConnected(now, site(index));
      case 2, 3 -> new RoundEvent.SiteDisconnected(now, site(index));
      case 4 -> new RoundEvent.TaskAccepted(now, site(index), 1);
      case 5 -> new RoundEvent.TaskRefused(now, site(index), 1, "no");
      case 6 -> new RoundEvent.WorkAdvanced(now, site(index), 1, 1, 2);
      case 7 -> new EvaluationEvent.ReportRefused(now, site(index), "NaN");
      case 8 -> new EvaluationEvent.Reported(now, site(index), LOSS);
      default -> new RoundEvent.TimePassed(now);
    };
  }
}
