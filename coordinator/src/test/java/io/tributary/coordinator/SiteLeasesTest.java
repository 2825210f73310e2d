package io.tributary.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.TaskId;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class SiteLeasesTest {
  private static final SiteName X = new SiteName("x");
  private static final SiteName Y = new SiteName("y");

  private final SiteLeases leases = new SiteLeases();

  /** What every run was told, applied. */
  private final TreeMap<SiteName, String> seen = new TreeMap<>();

  private static TaskId task(String run, int round) {
    return new TaskId(run, round, 1, TaskId.Kind.TRAIN);
  }

  private void settle() {
    for (SiteLeases.Change change : leases.settle()) {
      change.lostBy().ifPresent(run -> assertThat(seen.remove(change.site())).isEqualTo(run));
      change.gainedBy().ifPresent(run -> assertThat(seen.put(change.site(), run)).isNull());
    }
  }

  private void offers(String run, int round, SiteName... sites) {
    for (SiteName site : sites) {
      assertThat(leases.lease(run, site, task(run, round))).isTrue();
    }
    settle();
  }

  @Test
  void theOnlyRunSeesEverySiteWhateverItLeases() {
    leases.join("a");
    leases.connected(X);
    settle();
    offers("a", 1, X);
    leases.connected(Y);
    settle();
    assertThat(seen).containsOnlyKeys(X, Y).containsValues("a", "a");
    assertThat(leases.isIdleTurn()).isFalse();
    assertThat(leases.isHeldUp("a")).isFalse();
  }

  @Test
  void aRunThatHasBegunLeavesTheFreeSitesToTheNext() {
    leases.join("a");
    leases.join("b");
    leases.connected(X);
    leases.connected(Y);
    settle();
    assertThat(seen).containsEntry(X, "a").containsEntry(Y, "a");
    offers("a", 1, X);
    assertThat(seen).containsEntry(X, "a").containsEntry(Y, "b");
    assertThat(leases.lease("b", X, task("b", 1))).isFalse();
    assertThat(leases.lease("a", Y, task("a", 1))).isFalse();
  }

  @Test
  void theManyOffersThatBeginARoundAreMadeInOneTurn() {
    leases.join("a");
    leases.join("b");
    leases.connected(X);
    leases.connected(Y);
    settle();
    assertThat(leases.lease("a", X, task("a", 1))).isTrue();
    assertThat(leases.lease("b", Y, task("b", 1))).isFalse();
    assertThat(leases.lease("a", Y, task("a", 1))).isTrue();
  }

  @Test
  void aReleasedSiteGoesToWhoeverWaitsNotToTheOneThatHadIt() {
    leases.join("a");
    leases.join("b");
    leases.connected(X);
    settle();
    offers("a", 1, X);
    assertThat(leases.isHeldUp("b")).isTrue();
    leases.release("a", X, task("a", 1));
    settle();
    assertThat(seen).containsEntry(X, "b");
    assertThat(leases.isHeldUp("b")).isFalse();
    assertThat(leases.isHeldUp("a")).isTrue();
  }

  @Test
  void aRoundThatNeedsTwoSitesGetsBothAlthoughAnotherRunIsContentWithOne() {
    leases.join("small");
    leases.join("large");
    leases.connected(X);
    leases.connected(Y);
    settle();
    offers("small", 1, X);
    assertThat(seen).containsEntry(Y, "large");
    leases.release("small", X, task("small", 1));
    settle();
    assertThat(seen).containsEntry(X, "large").containsEntry(Y, "large");
  }

  @Test
  void onlyTheLeasedTaskItselfEndsALease() {
    leases.join("a");
    leases.join("b");
    leases.connected(X);
    settle();
    offers("a", 2, X);
    leases.release("a", X, task("a", 1));
    leases.release("b", X, task("a", 2));
    settle();
    assertThat(seen).containsEntry(X, "a");
  }

  @Test
  void aLeaseOutlastsADisconnection() {
    leases.join("a");
    leases.join("b");
    leases.connected(X);
    settle();
    offers("a", 1, X);
    leases.disconnected(X);
    settle();
    assertThat(seen).isEmpty();
    leases.connected(X);
    settle();
    assertThat(seen).containsEntry(X, "a");
  }

  @Test
  void theNextPhaseOfARunEndsWhatWasLeftOfTheEarlierOne() {
    leases.join("a");
    leases.connected(X);
    leases.connected(Y);
    settle();
    offers("a", 1, X, Y); // X is never concluded
    leases.release("a", Y, task("a", 1));
    offers("a", 2, Y);
    leases.join("b");
    settle();
    assertThat(seen).containsEntry(X, "b").containsEntry(Y, "a");
  }

  @Test
  void aLeaseWhoseTaskIsOverWithoutAnOutcomeEndsWhenItIsLookedFor() {
    leases.join("a");
    leases.join("b");
    leases.connected(X);
    leases.connected(Y);
    settle();
    offers("a", 1, X, Y);
    assertThat(leases.isContended()).isTrue();
    leases.keep((run, site) -> !site.equals(X));
    settle();
    assertThat(seen).containsEntry(X, "b").containsEntry(Y, "a");
  }

  @Test
  void aRunThatDoesNotWantItsTurnIsFoundOutAndPassedOver() {
    leases.join("a");
    leases.join("b");
    leases.connected(X);
    settle();
    assertThat(leases.isIdleTurn()).isTrue();
    leases.passTurn();
    settle();
    assertThat(seen).containsEntry(X, "b");
    offers("b", 1, X);
    assertThat(leases.isIdleTurn()).as("b works").isFalse();
  }

  @Test
  void aRestoredTaskKeepsItsSiteForItsRunUntilItComesBack() {
    leases.join("a");
    leases.join("b");
    assertThat(leases.restore("b", X, task("b", 4))).isTrue();
    assertThat(leases.restore("a", X, task("a", 1))).isFalse();
    leases.connected(X);
    leases.connected(Y);
    settle();
    assertThat(seen).containsEntry(X, "b").containsEntry(Y, "a");
  }

  @Test
  void whatARunLeavesBehindIsFree() {
    leases.join("a");
    leases.join("b");
    leases.connected(X);
    settle();
    offers("a", 1, X);
    leases.leave("a");
    seen.clear(); // a run that is gone is told nothing
    settle();
    assertThat(seen).containsEntry(X, "b");
    leases.leave("b");
    assertThat(leases.settle()).isEqualTo(List.of());
  }

  @Test
  void aRunStandsInTheLineOnce() {
    leases.join("a");
    assertThatThrownBy(() -> leases.join("a")).isInstanceOf(IllegalStateException.class);
  }
}
