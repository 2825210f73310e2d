package io.tributary.coordinator.round;

import static io.tributary.coordinator.round.Rounds.plan;
import static io.tributary.coordinator.round.Rounds.receipt;
import static io.tributary.coordinator.round.Rounds.site;
import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.common.wire.v1.SignedStatement;
import io.tributary.coordinator.round.RoundEffect.Conclude;
import io.tributary.coordinator.round.RoundEffect.Contribution;
import io.tributary.coordinator.round.RoundEffect.EraseUpload;
import io.tributary.coordinator.round.RoundEffect.Fold;
import io.tributary.coordinator.round.RoundEffect.Offer;
import io.tributary.coordinator.round.RoundEffect.Outcome;
import io.tributary.coordinator.round.RoundEffect.Publish;
import io.tributary.coordinator.round.RoundEffect.RecordAttempt;
import io.tributary.coordinator.round.RoundEffect.WakeAt;
import io.tributary.coordinator.round.RoundState.Aborted;
import io.tributary.coordinator.round.RoundState.Aggregating;
import io.tributary.coordinator.round.RoundState.Collecting;
import io.tributary.coordinator.round.RoundState.Committed;
import io.tributary.coordinator.round.RoundState.Waiting;
import io.tributary.coordinator.round.Rounds.Play;
import java.util.List;
import org.junit.jupiter.api.Test;

class RoundMachineTest {
  @Test
  void offersTheTaskToTheTargetNumberOfSitesAndWakesAtTheDeadline() {
    Play play = new Play(plan(4, 5, 3, 3), 8);
    assertThat(play.state).isInstanceOf(Collecting.class);
    assertThat(play.effects(Offer.class)).hasSize(5).allMatch(offer -> offer.attempt() == 1);
    assertThat(play.effects(WakeAt.class)).containsExactly(new WakeAt(Rounds.DEADLINE_MILLIS));
  }

  @Test
  void closesAsSoonAsTheCohortIsDurableAndTellsTheOthersTheyAreLate() {
    Play play = new Play(plan(2, 3, 1, 3), 3).durable(2).durable(0);
    assertThat(play.state).isInstanceOf(Aggregating.class);
    assertThat(play.effects(Fold.class))
        .containsExactly(
            new Fold(
                1,
                List.of(
                    new Contribution(site(0), 1, receipt(0)),
                    new Contribution(site(2), 1, receipt(2)))));
    assertThat(play.siteState(1)).isInstanceOf(SiteState.Late.class);
    assertThat(play.effects(Conclude.class))
        .anyMatch(c -> c.site().equals(site(1)) && c.outcome() == Outcome.LATE);
  }

  @Test
  void anUpdateThatBecomesDurableAfterTheCohortIsCompleteIsLateAndNotFolded() {
    Play play = new Play(plan(2, 3, 1, 3), 3).durable(0).durable(1).durable(2);
    assertThat(play.effects(Conclude.class))
        .singleElement()
        .returns(Outcome.LATE, Conclude::outcome)
        .returns(site(2), Conclude::site);
    play.take(new RoundEvent.Folded(play.now, 1))
        .take(new RoundEvent.Published(play.now, 1, "model"));
    assertThat(play.siteState(2)).isInstanceOf(SiteState.Late.class);
    assertThat(play.siteState(0)).isEqualTo(new SiteState.Folded(receipt(0)));
  }

  @Test
  void keepsWaitingForASlowSiteWhileItIsConnectedEvenWithQuorum() {
    Play play = new Play(plan(3, 3, 2, 3), 3).durable(0).durable(1).after(5_000);
    assertThat(play.state).isInstanceOf(Collecting.class);
  }

  @Test
  void closesWithQuorumOnceTheLostSitesGraceIsOver() {
    Play play = new Play(plan(3, 3, 2, 3), 3).durable(0).durable(1).disconnected(2);
    assertThat(play.effects(WakeAt.class)).containsExactly(new WakeAt(Rounds.GRACE_MILLIS));
    assertThat(play.after(Rounds.GRACE_MILLIS - 1).state).isInstanceOf(Collecting.class);
    assertThat(play.after(1).state).isInstanceOf(Aggregating.class);
    assertThat(play.siteState(2).reason()).contains("rejoin grace of 1000 ms");
  }

  @Test
  void closesAtTheDeadlineWithQuorum() {
    Play play = new Play(plan(3, 3, 1, 3), 3).durable(0).after(Rounds.DEADLINE_MILLIS - 1);
    assertThat(play.state).isInstanceOf(Collecting.class);
    assertThat(play.after(1).state).isInstanceOf(Aggregating.class);
    assertThat(play.siteState(1).reason())
        .contains("still offered", "deadline of 10000 ms passed with 1 updates");
  }

  @Test
  void abortsAtTheDeadlineWithoutQuorumAndReplacesOnlyTheMissingSites() {
    Play play = new Play(plan(2, 2, 2, 3), 2);
    play.durable(0).connected(2).connected(3).after(Rounds.DEADLINE_MILLIS);
    assertThat(play.state)
        .isInstanceOfSatisfying(Aborted.class, aborted -> assertThat(aborted.last()).isFalse());
    assertThat(play.effects(RecordAttempt.class))
        .singleElement()
        .satisfies(attempt -> assertThat(attempt.reason()).contains("1 updates of a quorum of 2"));
    assertThat(play.effects(Conclude.class))
        .singleElement()
        .returns(Outcome.WITHDRAWN, Conclude::outcome)
        .returns(site(1), Conclude::site);

    play.after(Rounds.RETRY_PAUSE_MILLIS);
    assertThat(play.state.attempt()).isEqualTo(2);
    assertThat(play.effects(Offer.class)).hasSize(1).noneMatch(o -> o.site().equals(site(0)));
    int chosen = Integer.parseInt(play.effects(Offer.class).get(0).site().value().substring(5));
    play.durable(chosen);
    assertThat(play.effects(Fold.class).get(0).contributions())
        .contains(new Contribution(site(0), 1, receipt(0)))
        .hasSize(2);
  }

  @Test
  void repeatsTheSameReceiptForARepeatedCommitInEveryLaterState() {
    Play play = new Play(plan(2, 2, 1, 3), 2).durable(0);
    Conclude first = play.effects(Conclude.class).get(0);
    RoundEvent again =
        new RoundEvent.UpdateDurable(
            play.now,
            site(0),
            1,
            new UpdateReceipt("other", 7, SignedStatement.getDefaultInstance()));
    assertThat(play.take(again).effects(Conclude.class)).containsExactly(first);
    play.durable(1);
    assertThat(play.take(again).effects(Conclude.class)).containsExactly(first);
    play.take(new RoundEvent.Folded(0, 1)).take(new RoundEvent.Published(0, 1, "model"));
    assertThat(play.take(again).effects(Conclude.class)).containsExactly(first);
    assertThat(first.outcome()).isEqualTo(Outcome.ACCEPTED);
  }

  @Test
  void aRefusedUpdateCostsOnlyItsSiteWhichIsNotAskedAgainInTheRound() {
    Play play = new Play(plan(2, 2, 2, 3), 2).refusedUpdate(0, "value 3 is NaN").durable(1);
    assertThat(play.state).isInstanceOf(Aborted.class);
    play.connected(2).after(Rounds.RETRY_PAUSE_MILLIS);
    assertThat(play.effects(Offer.class)).containsExactly(new Offer(site(2), 2));
  }

  @Test
  void aSiteThatRefusesTheTaskIsNotWaitedFor() {
    Play play = new Play(plan(2, 2, 1, 3), 2).durable(0);
    play.take(new RoundEvent.TaskRefused(play.now, site(1), 1, "night time"));
    assertThat(play.state).isInstanceOf(Aggregating.class);
    assertThat(play.siteState(1).reason()).isEqualTo("declined by the site: night time");
  }

  @Test
  void reoffersTheSameTaskToASiteThatComesBackEvenAfterItsGrace() {
    Play play = new Play(plan(3, 3, 1, 3), 3).disconnected(1).after(500).connected(1);
    assertThat(play.effects(Offer.class)).containsExactly(new Offer(site(1), 1));
    assertThat(play.state.tasks().get(site(1)).rejoins()).isEqualTo(1);
    play.disconnected(1).after(Rounds.GRACE_MILLIS);
    assertThat(play.siteState(1)).isInstanceOf(SiteState.Dropped.class);
    assertThat(play.connected(1).effects(Offer.class)).containsExactly(new Offer(site(1), 1));
    assertThat(play.state.tasks().get(site(1)).rejoins()).isEqualTo(2);
  }

  @Test
  void tellsASiteThatComesBackAfterItsCommitThatItsUpdateCounts() {
    Play play = new Play(plan(2, 2, 1, 3), 2).durable(0).disconnected(0).connected(0);
    assertThat(play.effects(Conclude.class))
        .singleElement()
        .returns(Outcome.ACCEPTED, Conclude::outcome);
    assertThat(play.effects(Offer.class)).isEmpty();
  }

  @Test
  void waitsForTheTargetAndStartsWithQuorumAfterTheGatherTime() {
    Play play = new Play(plan(3, 3, 2, 3), 2);
    assertThat(play.state).isInstanceOf(Waiting.class);
    assertThat(play.effects(WakeAt.class)).containsExactly(new WakeAt(Rounds.GATHER_MILLIS));
    assertThat(play.after(Rounds.GATHER_MILLIS).effects(Offer.class)).hasSize(2);
  }

  @Test
  void startsAtOnceWhenTheLastOfTheTargetConnects() {
    Play play = new Play(plan(3, 3, 2, 3), 2).connected(2);
    assertThat(play.effects(Offer.class)).hasSize(3);
  }

  @Test
  void failsWithTheNumbersWhenTooFewSitesComeWithinTheStartWait() {
    Play play = new Play(plan(3, 3, 2, 3), 1).after(Rounds.START_WAIT_MILLIS);
    assertThat(play.state)
        .isInstanceOfSatisfying(
            Aborted.class,
            aborted -> {
              assertThat(aborted.last()).isTrue();
              assertThat(aborted.reason())
                  .isEqualTo("only 1 of at least 2 sites could take part within 5000 ms");
            });
  }

  @Test
  void failsAfterTheLastAttemptAndLeavesWhatItRetainedToTheEndOfTheRound() {
    Play play = new Play(plan(2, 2, 2, 2), 2).durable(0);
    play.after(Rounds.DEADLINE_MILLIS).after(Rounds.RETRY_PAUSE_MILLIS);
    play.after(Rounds.DEADLINE_MILLIS);
    assertThat(play.state.isEnded()).isTrue();
    assertThat(play.state.label()).isEqualTo("aborted");
    assertThat(play.effects(RoundEffect.AbortAttempt.class))
        .singleElement()
        .satisfies(abort -> assertThat(abort.last()).isTrue());
    assertThat(play.effects(EraseUpload.class)).doesNotContain(new EraseUpload(site(0), 1));
  }

  @Test
  void publishesWhatWasFoldedThenRecordsAndErasesNothingItself() {
    Play play = new Play(plan(1, 1, 1, 1), 1).durable(0);
    assertThat(play.take(new RoundEvent.Folded(play.now, 1)).effects(Publish.class)).hasSize(1);
    play.take(new RoundEvent.Published(play.now, 1, "abc"));
    assertThat(play.state)
        .isInstanceOfSatisfying(
            Committed.class, committed -> assertThat(committed.modelDigest()).isEqualTo("abc"));
    assertThat(play.effects).singleElement().isInstanceOf(RecordAttempt.class);
  }

  @Test
  void retriesAFailedFoldWithTheSameUpdatesWithoutAskingAnybodyAgain() {
    Play play = new Play(plan(1, 1, 1, 2), 1).durable(0);
    play.take(new RoundEvent.AggregationFailed(play.now, 1, "disk full"));
    play.after(Rounds.RETRY_PAUSE_MILLIS);
    assertThat(play.effects(Offer.class)).isEmpty();
    assertThat(play.effects(Fold.class))
        .containsExactly(new Fold(2, List.of(new Contribution(site(0), 1, receipt(0)))));
    assertThat(play.take(new RoundEvent.Folded(play.now, 1)).effects).isEmpty();
  }

  @Test
  void aStoppedJobWithdrawsEveryOpenTask() {
    Play play = new Play(plan(2, 2, 1, 3), 2).durable(0);
    play.take(new RoundEvent.Stopped(play.now, "the coordinator is shutting down"));
    assertThat(play.state.isEnded()).isTrue();
    assertThat(play.effects(Conclude.class))
        .singleElement()
        .returns(Outcome.WITHDRAWN, Conclude::outcome)
        .returns(site(1), Conclude::site);
  }

  @Test
  void aStopWaitsForAnAggregationUnderWay() {
    Play play = new Play(plan(1, 1, 1, 3), 1).durable(0);
    play.take(new RoundEvent.Stopped(play.now, "the user stopped it"));
    assertThat(play.state).isInstanceOf(Aggregating.class);
    assertThat(play.effects).isEmpty();
    play.take(new RoundEvent.Folded(play.now, 1)).connected(5);
    play.take(new RoundEvent.Published(play.now, 1, "abc"));
    assertThat(play.state).isInstanceOf(Committed.class);
  }

  @Test
  void aStoppedAggregationThatFailsIsNotTriedAgain() {
    Play play = new Play(plan(1, 1, 1, 3), 1).durable(0);
    play.take(new RoundEvent.Stopped(play.now, "the user stopped it"));
    play.take(new RoundEvent.AggregationFailed(play.now, 1, "disk full"));
    assertThat(play.state)
        .isInstanceOfSatisfying(Aborted.class, aborted -> assertThat(aborted.last()).isTrue());
  }

  @Test
  void progressOfTheWorkDoesNotTakeAnUploadBack() {
    Play play = new Play(plan(2, 2, 1, 3), 2);
    play.take(new RoundEvent.UploadAdvanced(play.now, site(0), 1, 5, 9));
    play.take(new RoundEvent.WorkAdvanced(play.now, site(0), 1, 3, 3));
    assertThat(play.siteState(0)).isEqualTo(new SiteState.Uploading(5, 9));
  }

  @Test
  void anUpdateForAnotherAttemptIsLateAndErased() {
    Play play = new Play(plan(2, 2, 1, 3), 2);
    play.take(new RoundEvent.UpdateDurable(play.now, site(0), 9, receipt(0)));
    assertThat(play.effects(Conclude.class))
        .singleElement()
        .returns(Outcome.LATE, Conclude::outcome);
    assertThat(play.effects(EraseUpload.class)).containsExactly(new EraseUpload(site(0), 9));
    assertThat(play.siteState(0)).isInstanceOf(SiteState.Offered.class);
  }
}
