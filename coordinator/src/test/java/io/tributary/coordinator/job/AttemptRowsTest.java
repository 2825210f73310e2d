package io.tributary.coordinator.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.v1.SignedStatement;
import io.tributary.coordinator.ledger.AttemptRow;
import io.tributary.coordinator.ledger.AttemptRow.Phase;
import io.tributary.coordinator.ledger.TaskRow;
import io.tributary.coordinator.ledger.UploadRow;
import io.tributary.coordinator.ledger.UploadRow.State;
import io.tributary.coordinator.round.Recovered;
import io.tributary.coordinator.round.SiteState;
import io.tributary.coordinator.round.SiteTask;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AttemptRowsTest {
  private static final SiteName A = new SiteName("a");
  private static final SiteName B = new SiteName("b");
  private static final SiteName C = new SiteName("c");
  private static final SiteName D = new SiteName("d");

  private static AttemptRow attempt(Phase phase, TaskRow... tasks) {
    return new AttemptRow(1, 2, phase, "base", 700, "why", List.of(tasks));
  }

  private static TaskRow task(SiteName site, int attempt, String state) {
    return new TaskRow(site, attempt, state, "reason", 3);
  }

  private static UploadRow upload(SiteName site, int attempt, State state) {
    return new UploadRow(
        "run",
        1,
        site,
        attempt,
        "digest-" + site,
        4,
        4,
        10,
        Map.of(),
        state,
        "",
        SignedStatement.getDefaultInstance());
  }

  @Test
  void anOpenAttemptGoesOnWithItsCommittedUpdatesInTheOrderOfTheirRows() {
    Recovered known =
        AttemptRows.recovered(
            attempt(
                Phase.OPEN,
                task(A, 1, "durable"),
                task(B, 2, TaskRow.WORKING),
                task(C, 2, TaskRow.WORKING),
                task(D, 1, "refused")),
            List.of(upload(C, 2, State.COMMITTED), upload(A, 1, State.COMMITTED)));
    assertThat(known.commits()).containsExactly(C, A);
    assertThat(known.elapsedMillis()).isEqualTo(700);
    assertThat(known.tasks().get(A).state()).isInstanceOf(SiteState.Durable.class);
    assertThat(known.tasks().get(A).attempt()).isEqualTo(1);
    assertThat(known.tasks().get(B).state()).isEqualTo(new SiteState.Offered());
    assertThat(known.tasks().get(C).state()).isInstanceOf(SiteState.Durable.class);
    assertThat(known.tasks()).doesNotContainKey(D);
    assertThat(known.excluded().get(D).state()).isEqualTo(new SiteState.Refused("reason"));
  }

  @Test
  void aSiteWhoseRetainedUpdateWasDiscardedIsAskedAgainInTheNewAttempt() {
    Recovered known =
        AttemptRows.recovered(
            attempt(Phase.OPEN, task(A, 1, "durable")), List.of(upload(A, 1, State.DISCARDED)));
    assertThat(known.tasks().get(A).state()).isEqualTo(new SiteState.Offered());
    assertThat(known.tasks().get(A).attempt()).isEqualTo(2);
    assertThat(known.commits()).isEmpty();
  }

  @Test
  void aClosedAttemptCountsOnlyWhatIsStillCommitted() {
    Recovered known =
        AttemptRows.recovered(
            attempt(Phase.CLOSED, task(A, 2, "durable"), task(B, 2, "durable"), task(C, 2, "late")),
            List.of(
                upload(A, 2, State.COMMITTED),
                upload(B, 2, State.DISCARDED),
                upload(C, 2, State.LATE)));
    assertThat(known.commits()).containsExactly(A);
    assertThat(known.tasks().get(B).state()).isInstanceOf(SiteState.Dropped.class);
    assertThat(known.tasks().get(C).state()).isEqualTo(new SiteState.Late("reason"));
  }

  @Test
  void anEndedAttemptIsRecordedAsItEnded() {
    Map<SiteName, SiteTask> tasks =
        AttemptRows.ended(
            attempt(
                Phase.PUBLISHED,
                task(A, 1, "durable"),
                task(B, 2, "dropped"),
                task(C, 2, "refused"),
                task(D, 1, "refused")),
            List.of(upload(A, 1, State.FOLDED)));
    assertThat(tasks).containsOnlyKeys(A, B, C);
    assertThat(tasks.get(A).state()).isInstanceOf(SiteState.Folded.class);
    assertThat(tasks.get(B).state()).isEqualTo(new SiteState.Dropped("reason"));
    assertThat(tasks.get(C).rejoins()).isEqualTo(3);
  }

  @Test
  void whatASiteDoesWithinItsOpenTaskIsNotKept() {
    var rows =
        AttemptRows.rows(
            new java.util.TreeMap<>(
                Map.of(
                    A,
                    new SiteTask(
                        2, new SiteState.Training(1, 9), java.util.OptionalLong.of(5), 1))));
    assertThat(rows).containsExactly(new TaskRow(A, 2, TaskRow.WORKING, "", 1));
  }
}
