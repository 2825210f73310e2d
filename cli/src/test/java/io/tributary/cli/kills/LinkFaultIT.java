package io.tributary.cli.kills;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.common.job.JobSpec;
import io.tributary.simulation.LoopbackPort;
import io.tributary.simulation.link.FaultyLink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Bad links and jumping clocks between real processes: the model comes out the same. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class LinkFaultIT {
  private static final int ROUNDS = 2;

  /** About 900 kB of update: several chunks. */
  private static final int WIDTH = 192;

  @TempDir Path directory;

  private JobSpec job() throws IOException {
    return KillCampaign.job(directory.resolve("job.yaml"), ROUNDS, 600_000, WIDTH);
  }

  private String calmDigest() throws Exception {
    try (KillCampaign campaign = new KillCampaign(directory.resolve("calm"), job())) {
      campaign.startAll();
      return campaign.finish().modelDigest();
    }
  }

  /** Has all sites dial the link in place of the coordinator. */
  private static void dialThrough(KillCampaign campaign, int coordinatorPort, FaultyLink link)
      throws IOException {
    for (String site : KillCampaign.SITES) {
      Path config = campaign.home().siteConfig(site);
      String text = Files.readString(config);
      assertThat(text).contains(String.valueOf(coordinatorPort));
      Files.writeString(
          config, text.replace(String.valueOf(coordinatorPort), String.valueOf(link.port())));
    }
  }

  @Test
  void aLinkCutInTheMiddleOfChunksDelaysAndChangesNothing() throws Exception {
    String calm = calmDigest();
    int port = LoopbackPort.free();
    Random random = new Random(7);
    try (FaultyLink link = FaultyLink.to(port);
        KillCampaign campaign = new KillCampaign(directory.resolve("cut"), job(), port)) {
      List<Long> cuts = new ArrayList<>();
      long at = 0;
      for (int i = 0; i < 10; i++) {
        at += 200_000 + random.nextInt(300_000); // less than an update: in the middle of it
        cuts.add(at);
      }
      link.cutAt(cuts);
      dialThrough(campaign, port, link);
      campaign.startAll();
      assertThat(campaign.finish().modelDigest()).isEqualTo(calm);
      assertThat(link.cuts()).as("cuts that happened").isGreaterThanOrEqualTo(5);
      LedgerAudit.everyUpdateIsFoldedOnce(campaign, ROUNDS);
    }
  }

  @Test
  void aLinkThatTricklesIsWaitedFor() throws Exception {
    String calm = calmDigest();
    int port = LoopbackPort.free();
    try (FaultyLink link = FaultyLink.to(port);
        KillCampaign campaign = new KillCampaign(directory.resolve("trickle"), job(), port)) {
      link.trickle(300_000);
      dialThrough(campaign, port, link);
      campaign.startAll();
      assertThat(campaign.finish().modelDigest()).isEqualTo(calm);
      LedgerAudit.everyUpdateIsFoldedOnce(campaign, ROUNDS);
    }
  }

  /** Within the certificates' dates: beyond them nobody gets in, as it must be. */
  @Test
  void clocksThatJumpNeitherWayEndARoundNorChangeAModel() throws Exception {
    String calm = calmDigest();
    try (KillCampaign campaign = new KillCampaign(directory.resolve("jump"), job())) {
      campaign.startAll();
      campaign.plan(
          KillCampaign.COORDINATOR, io.tributary.common.store.CrashMoment.TASKS_OFFERED, 1);
      JumpingClock.jump(campaign.directoryOf(KillCampaign.COORDINATOR), Duration.ofHours(5));
      JumpingClock.jump(campaign.directoryOf("north"), Duration.ofHours(3));
      campaign.awaitKill(KillCampaign.COORDINATOR);
      JumpingClock.jump(campaign.directoryOf(KillCampaign.COORDINATOR), Duration.ZERO);
      JumpingClock.jump(campaign.directoryOf("north"), Duration.ZERO);
      campaign.start(KillCampaign.COORDINATOR);
      assertThat(campaign.finish().modelDigest()).isEqualTo(calm);
      LedgerAudit.everyUpdateIsFoldedOnce(campaign, ROUNDS);
    }
  }
}
