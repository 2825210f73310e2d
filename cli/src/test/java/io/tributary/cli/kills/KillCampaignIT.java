package io.tributary.cli.kills;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.common.job.JobSpec;
import io.tributary.common.model.ModelDirectory;
import io.tributary.common.store.CrashMoment;
import io.tributary.coordinator.job.JobSummary;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills real processes with SIGKILL, at every named moment and at any instant, and compares the
 * final model's digest with that of a run in which nobody was killed.
 *
 * <p>The whole campaign is in the slow group: {@code mvn -Pslow verify}; {@code
 * -Dtributary.kills=N} and {@code -Dtributary.kills.seed=S} set its size and course.
 */
@Timeout(value = 6, unit = TimeUnit.MINUTES)
class KillCampaignIT {
  /** Passed once in a run, before the first round. */
  private static final List<CrashMoment> BEFORE_ROUNDS =
      List.of(
          CrashMoment.RUN_SUBMITTED,
          CrashMoment.INITIAL_MODEL_SEALED,
          CrashMoment.INITIAL_MODEL_PUBLISHED);

  /** Passed in every round. */
  private static final List<CrashMoment> IN_ROUNDS =
      List.of(
          CrashMoment.ATTEMPT_OPENED,
          CrashMoment.TASKS_OFFERED,
          CrashMoment.CHUNK_SPOOLED,
          CrashMoment.UPDATE_CHECKED,
          CrashMoment.SPOOL_FORCED,
          CrashMoment.UPLOAD_COMMITTED,
          CrashMoment.RECEIPT_SENT,
          CrashMoment.ATTEMPT_CLOSED,
          CrashMoment.UPDATES_FOLDED,
          CrashMoment.MODEL_SEALED,
          CrashMoment.ROUND_PUBLISHED,
          CrashMoment.HEAD_DESCRIBED,
          CrashMoment.SPOOLS_ERASED,
          CrashMoment.ROUND_RECORDED);

  private static final List<CrashMoment> AT_SITES =
      List.of(
          CrashMoment.MODEL_RECEIVED,
          CrashMoment.UPDATE_TRAINED,
          CrashMoment.OUTBOX_WRITTEN,
          CrashMoment.UPLOAD_OFFERED,
          CrashMoment.UPLOAD_SENT,
          CrashMoment.RECEIPT_RECEIVED,
          CrashMoment.RECEIPT_STORED,
          CrashMoment.OUTBOX_ERASED);

  @TempDir Path directory;

  /** By the number of rounds; a campaign of several runs needs it once. */
  private final Map<Integer, String> calmDigests = new HashMap<>();

  private String digestWithoutKills(int rounds) throws IOException, InterruptedException {
    String known = calmDigests.get(rounds);
    if (known != null) {
      return known;
    }
    JobSpec job = KillCampaign.job(directory.resolve("job-" + rounds + ".yaml"), rounds);
    try (KillCampaign campaign = new KillCampaign(directory.resolve("calm-" + rounds), job)) {
      campaign.startAll();
      String digest = campaign.finish().modelDigest();
      calmDigests.put(rounds, digest);
      return digest;
    }
  }

  private KillCampaign campaign(String name, int rounds) throws IOException {
    return new KillCampaign(
        directory.resolve(name),
        KillCampaign.job(directory.resolve("job-" + rounds + ".yaml"), rounds));
  }

  @Test
  void aCoordinatorKilledAtEveryMomentPublishesTheSameBits() throws Exception {
    int rounds = IN_ROUNDS.size() + 4;
    String calm = digestWithoutKills(rounds);
    try (KillCampaign campaign = campaign("coordinator-killed", rounds)) {
      campaign.plan(KillCampaign.COORDINATOR, BEFORE_ROUNDS.get(0), 1);
      campaign.startAll();
      campaign.awaitKill(KillCampaign.COORDINATOR);
      for (CrashMoment moment : BEFORE_ROUNDS.subList(1, BEFORE_ROUNDS.size())) {
        restartPlanned(campaign, moment, 1);
      }
      for (CrashMoment moment : IN_ROUNDS) {
        restartPlanned(campaign, moment, 1);
      }
      restartPlanned(campaign, CrashMoment.RUN_ENDED, 1);
      campaign.start(KillCampaign.COORDINATOR);
      assertThat(campaign.kills()).isEqualTo(BEFORE_ROUNDS.size() + IN_ROUNDS.size() + 1);
      assertThat(endedModel(campaign)).isEqualTo(calm);
      LedgerAudit.everyUpdateIsFoldedOnce(campaign, rounds);
      LedgerAudit.commandsAgree(campaign);
    }
  }

  /** Kills at the moment once the process that is down now has been started again. */
  private static void restartPlanned(KillCampaign campaign, CrashMoment moment, int times)
      throws IOException, InterruptedException {
    campaign.plan(KillCampaign.COORDINATOR, moment, times);
    campaign.start(KillCampaign.COORDINATOR);
    campaign.awaitKill(KillCampaign.COORDINATOR);
  }

  private static String endedModel(KillCampaign campaign) {
    return new ModelDirectory(campaign.home().coordinatorHome().resolve("runs/campaign/models"))
        .description()
        .digest();
  }

  @Test
  void sitesKilledAtEveryMomentPublishTheSameBits() throws Exception {
    int rounds = AT_SITES.size() + 2;
    String calm = digestWithoutKills(rounds);
    try (KillCampaign campaign = campaign("sites-killed", rounds)) {
      campaign.startAll();
      int next = 0;
      for (CrashMoment moment : AT_SITES) {
        String site = KillCampaign.SITES.get(next++ % KillCampaign.SITES.size());
        campaign.killAt(site, moment, 1);
      }
      JobSummary summary = campaign.finish();
      assertThat(summary.modelDigest()).isEqualTo(calm);
      assertThat(campaign.kills()).isEqualTo(AT_SITES.size());
      LedgerAudit.everyUpdateIsFoldedOnce(campaign, rounds);
      LedgerAudit.commandsAgree(campaign);
    }
  }

  @Test
  void everybodyKilledAtAnyInstantPublishesTheSameBits() throws Exception {
    Random random = new Random(20261122);
    kill(random, 8, 30);
  }

  @Test
  @Tag("slow")
  @Timeout(value = 30, unit = TimeUnit.MINUTES)
  void twoHundredKillsLoseNothingAndCountNothingTwice() throws Exception {
    long seed = Long.getLong("tributary.kills.seed", 1);
    int wanted = Integer.getInteger("tributary.kills", 200);
    Random random = new Random(seed);
    int kills = 0;
    int runs = 0;
    for (; kills < wanted; runs++) {
      kills += kill(random, Math.min(50, wanted - kills), 70);
    }
    System.out.printf(
        "kill campaign: seed %d, %d SIGKILLs in %d runs, 0 updates lost, 0 counted twice, 0 hangs,"
            + " all digests equal%n",
        seed, kills, runs);
  }

  /** Half of the kills at a random moment of the next round, half after a random time. */
  private int kill(Random random, int kills, int rounds) throws Exception {
    String calm = digestWithoutKills(rounds);
    try (KillCampaign campaign = campaign("random-" + random.nextInt(1_000_000), rounds)) {
      campaign.startAll();
      while (campaign.kills() < kills && campaign.coordinatorRuns()) {
        boolean coordinator = random.nextInt(3) > 0;
        String victim =
            coordinator
                ? KillCampaign.COORDINATOR
                : KillCampaign.SITES.get(random.nextInt(KillCampaign.SITES.size()));
        if (random.nextBoolean()) {
          List<CrashMoment> moments = coordinator ? IN_ROUNDS : AT_SITES;
          campaign.killAt(
              victim, moments.get(random.nextInt(moments.size())), 1 + random.nextInt(2));
        } else {
          TimeUnit.MILLISECONDS.sleep(random.nextInt(700)); // the instant of the kill, not a wait
          if (campaign.coordinatorRuns()) {
            campaign.killNow(victim);
          }
        }
      }
      int done = campaign.kills();
      assertThat(campaign.finish().modelDigest()).as("model after %d kills", done).isEqualTo(calm);
      LedgerAudit.everyUpdateIsFoldedOnce(campaign, rounds);
      LedgerAudit.commandsAgree(campaign);
      return done;
    }
  }

  @Test
  void anAbortedAttemptKeepsItsUpdatesAcrossAKill() throws Exception {
    int rounds = 3;
    String calm = digestWithoutKills(rounds);
    // Long enough for sites to come back after the coordinator's restart.
    JobSpec impatient = KillCampaign.job(directory.resolve("impatient.yaml"), rounds, 3_000, 16);
    try (KillCampaign campaign = new KillCampaign(directory.resolve("aborted"), impatient)) {
      campaign.plan("west", CrashMoment.MODEL_RECEIVED, 2); // in the evaluation, then in round 1
      campaign.plan(KillCampaign.COORDINATOR, CrashMoment.ATTEMPT_ABORTED, 1);
      campaign.startAll();
      campaign.awaitKill("west");
      campaign.awaitKill(KillCampaign.COORDINATOR);
      campaign.start("west");
      campaign.start(KillCampaign.COORDINATOR);
      assertThat(campaign.finish().modelDigest()).isEqualTo(calm);
      LedgerAudit.everyUpdateIsFoldedOnce(campaign, rounds);
      LedgerAudit.commandsAgree(campaign);
    }
  }
}
