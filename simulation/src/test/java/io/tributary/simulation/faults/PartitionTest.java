package io.tributary.simulation.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.common.job.RoundRules;
import io.tributary.common.store.CrashMoment;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * What a site and the coordinator may each do while they cannot reach each other, and what happens
 * when they can again: the scenarios of docs/consistency.md. Each is played with several
 * interleavings, and every promise is checked throughout.
 */
class PartitionTest {
  private static final int INTERLEAVINGS = 20;
  private static final long DEADLINE_MILLIS = 60_000;
  private static final long SHORT_MILLIS = 25_000; // beyond the idle timeout, within the deadline
  private static final long LONG_MILLIS = 100_000; // beyond the deadline
  private static final long PATIENT_MILLIS = DEADLINE_MILLIS; // waits for whoever is away
  private static final long IMPATIENT_MILLIS = 5_000;
  private static final long CALM_MILLIS = 300_000;
  private static final int TRACE_LINES = 100_000;

  /** What happened, by its trace. */
  private record Course(Verdict verdict) {
    /** When lines that match happened, in milliseconds. */
    List<Long> times(String regex) {
      Pattern pattern = Pattern.compile(regex);
      return verdict.trace().stream()
          .filter(line -> pattern.matcher(line).find())
          .map(line -> Math.round(Double.parseDouble(line.substring(0, 9).strip()) * 1000))
          .toList();
    }

    long first(String regex) {
      List<Long> times = times(regex);
      assertThat(times).as(regex).isNotEmpty();
      return times.get(0);
    }

    long cut() {
      return first("-- PartitionAt");
    }

    long healed() {
      return first("-- healed");
    }

    List<Long> whileCut(String regex) {
      return times(regex).stream().filter(at -> at > cut() && at < healed()).toList();
    }

    List<Long> since(long millis, String regex) {
      return times(regex).stream().filter(at -> at >= millis).toList();
    }
  }

  /** What is to be seen in each interleaving. */
  private interface Check {
    void of(Course course);
  }

  /**
   * Plays a partition in several interleavings.
   *
   * @param graceMillis how long the round waits for a site that is away
   */
  private static void play(
      int sites, int quorum, long graceMillis, Fault.PartitionAt partition, Check check) {
    RoundRules rules =
        new RoundRules(sites, 1.0, quorum, DEADLINE_MILLIS, graceMillis, 15_000L, 300_000L, 5);
    for (long seed = 1; seed <= INTERLEAVINGS; seed++) {
      Schedule schedule =
          new Schedule(
              seed,
              sites,
              false,
              false,
              false,
              Schedule.Keeping.PLAIN,
              Schedule.job(seed, 1, rules),
              List.of(partition),
              CALM_MILLIS);
      Verdict verdict = Simulation.run(schedule, Build.SOUND, TRACE_LINES);
      assertThat(verdict.violation()).as("seed %d", seed).isEmpty();
      check.of(new Course(verdict));
    }
  }

  private static String sameModelAsWithoutPartition(Course course) {
    Schedule schedule = course.verdict().schedule();
    return Simulation.run(schedule.withoutFaults(), Build.SOUND, 0).finalDigest();
  }

  /**
   * Training begins with the second model that a site has received: the first is evaluated only.
   */
  private static Fault.PartitionAt whileSite1Trains(boolean up, boolean down, long millis) {
    return new Fault.PartitionAt(1, CrashMoment.MODEL_RECEIVED, 2, 1, up, down, millis);
  }

  @Test
  void aSiteCutOffWhileTrainingTrainsOnAndItsUpdateCountsWhenItIsBackInTime() {
    play(
        2,
        2,
        PATIENT_MILLIS,
        whileSite1Trains(true, true, SHORT_MILLIS),
        course -> {
          // The site: local training stays available, its update becomes durable, nothing is lost.
          assertThat(course.whileCut("site-1#1 passes OUTBOX_WRITTEN")).hasSize(1);
          assertThat(course.whileCut("site-1#1 passes RECEIPT_RECEIVED")).isEmpty();
          // The coordinator: consistent publication waits for the quorum.
          assertThat(course.whileCut("passes ROUND_PUBLISHED")).isEmpty();
          // Rejoined: the update is sent without training again, and is in the model.
          assertThat(course.times("site-1#1 passes UPDATE_TRAINED")).hasSize(1);
          assertThat(course.since(course.healed(), "site-1#1 passes RECEIPT_STORED")).hasSize(1);
          assertThat(course.verdict().finalDigest()).isEqualTo(sameModelAsWithoutPartition(course));
        });
  }

  @Test
  void aRoundWithItsQuorumIsPublishedWithoutASiteThatIsCutOffTooLongAndTheSiteIsToldSo() {
    play(
        3,
        2,
        IMPATIENT_MILLIS,
        whileSite1Trains(true, true, LONG_MILLIS),
        course -> {
          assertThat(course.whileCut("site-1#1 passes OUTBOX_WRITTEN")).hasSize(1);
          assertThat(course.whileCut("passes ROUND_PUBLISHED")).hasSize(1);
          // Rejoined: late, and dropped with the reason; it holds no receipt and is in no model.
          assertThat(course.times("site-1#1 passes RECEIPT_STORED")).isEmpty();
          assertThat(
                  course.since(
                      course.healed(), "tells site-1: task_outcome .*TRAIN.*OUTCOME_CODE_LATE"))
              .isNotEmpty();
          assertThat(course.verdict().publishedRounds()).isEqualTo(1);
        });
  }

  @Test
  void aRoundWithoutItsQuorumIsNotPublishedAndTheNextAttemptKeepsWhatIsCommitted() {
    play(
        2,
        2,
        IMPATIENT_MILLIS,
        whileSite1Trains(true, true, LONG_MILLIS),
        course -> {
          assertThat(course.whileCut("passes ROUND_PUBLISHED")).isEmpty();
          assertThat(course.whileCut("passes ATTEMPT_ABORTED")).hasSize(1);
          // The other site is not asked again: its committed update stays.
          assertThat(course.times("site-2#1 passes UPDATE_TRAINED")).hasSize(1);
          assertThat(course.times("site-2#1 passes RECEIPT_STORED")).hasSize(1);
          assertThat(course.since(course.healed(), "site-1#1 passes RECEIPT_STORED")).hasSize(1);
          assertThat(course.verdict().finalDigest()).isEqualTo(sameModelAsWithoutPartition(course));
        });
  }

  @Test
  void aSiteCutOffWhileUploadingSendsTheRestWhenItIsBack() {
    play(
        2,
        2,
        PATIENT_MILLIS,
        new Fault.PartitionAt(0, CrashMoment.CHUNK_SPOOLED, 1, 0, true, true, SHORT_MILLIS),
        course -> {
          assertThat(course.whileCut("passes ROUND_PUBLISHED")).isEmpty();
          assertThat(course.since(course.healed(), "passes RECEIPT_STORED")).hasSize(2);
          assertThat(course.times("passes UPDATE_TRAINED")).hasSize(2);
          assertThat(course.verdict().finalDigest()).isEqualTo(sameModelAsWithoutPartition(course));
        });
  }

  @Test
  void aReceiptThatCouldNotBeToldIsToldWhenTheSiteIsBackAndTheUpdateCountsOnce() {
    play(
        2,
        2,
        PATIENT_MILLIS,
        new Fault.PartitionAt(0, CrashMoment.UPLOAD_COMMITTED, 1, 0, true, true, SHORT_MILLIS),
        course -> {
          // The site does not know; it keeps its update and offers it again.
          assertThat(course.whileCut("passes RECEIPT_STORED")).isEmpty();
          assertThat(course.since(course.healed(), "passes RECEIPT_STORED")).hasSize(2);
          assertThat(course.times("ledger: commitUpload site-1")).hasSize(1);
          assertThat(course.times("ledger: commitUpload site-2")).hasSize(1);
          assertThat(course.verdict().finalDigest()).isEqualTo(sameModelAsWithoutPartition(course));
        });
  }

  @Test
  void aCoordinatorCutOffFromEverybodyPublishesNothingAndLosesNothing() {
    play(
        3,
        2,
        PATIENT_MILLIS,
        new Fault.PartitionAt(0, CrashMoment.TASKS_OFFERED, 1, 0, true, true, SHORT_MILLIS),
        course -> {
          assertThat(course.whileCut("passes ROUND_PUBLISHED")).isEmpty();
          assertThat(course.verdict().publishedRounds()).isEqualTo(1);
        });
  }

  @Test
  void aSiteThatIsNotHeardButHearsIsAsGoodAsCutOff() {
    play(
        2,
        2,
        PATIENT_MILLIS,
        whileSite1Trains(true, false, SHORT_MILLIS),
        course -> {
          assertThat(course.whileCut("ledger: commitUpload site-1")).isEmpty();
          assertThat(course.whileCut("passes ROUND_PUBLISHED")).isEmpty();
          assertThat(course.times("site-1#1 passes UPDATE_TRAINED")).hasSize(1);
          assertThat(course.verdict().finalDigest()).isEqualTo(sameModelAsWithoutPartition(course));
        });
  }

  @Test
  void aSiteThatIsHeardButDoesNotHearIsAsGoodAsCutOff() {
    play(
        2,
        2,
        PATIENT_MILLIS,
        whileSite1Trains(false, true, SHORT_MILLIS),
        course -> {
          assertThat(course.whileCut("site-1#1 passes RECEIPT_RECEIVED")).isEmpty();
          assertThat(course.times("site-1#1 passes UPDATE_TRAINED")).hasSize(1);
          assertThat(course.since(course.healed(), "site-1#1 passes RECEIPT_STORED")).hasSize(1);
          assertThat(course.verdict().finalDigest()).isEqualTo(sameModelAsWithoutPartition(course));
        });
  }
}
