package io.tributary.cli.kills;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tributary.common.job.JobSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A coordinator whose disk fills up in the middle of a run, on a small tmpfs. Needs the right to
 * mount one; where that is lacking it is skipped and says so, and only the simulator's disk fills.
 */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class FullDiskIT {
  private static final int ROUNDS = 3;
  private static final int WIDTH = 192;

  /** Room for the home, and for little else once the filler is there. */
  private static final String TMPFS_SIZE = "size=24m";

  @TempDir Path directory;

  private static boolean run(String... command) throws IOException, InterruptedException {
    return new ProcessBuilder(command).redirectErrorStream(true).start().waitFor() == 0;
  }

  @Test
  void aDiskThatFillsStopsNothingForGoodAndLosesNothing() throws Exception {
    JobSpec job = KillCampaign.job(directory.resolve("job.yaml"), ROUNDS, 600_000, WIDTH);
    String calm;
    try (KillCampaign campaign = new KillCampaign(directory.resolve("calm"), job)) {
      campaign.startAll();
      calm = campaign.finish().modelDigest();
    }
    KillCampaign campaign = new KillCampaign(directory.resolve("full"), job);
    Path home = campaign.home().coordinatorHome();
    Files.createDirectories(home);
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", TMPFS_SIZE, "tmpfs", home.toString()),
        "skipped: this user may not mount a tmpfs");
    try (campaign) {
      Path filler = home.resolve("filler");
      campaign.plan(
          KillCampaign.COORDINATOR, io.tributary.common.store.CrashMoment.TASKS_OFFERED, 1);
      campaign.startAll();
      campaign.awaitKill(KillCampaign.COORDINATOR); // round 1 is open; now the disk fills
      fill(filler);
      campaign.start(KillCampaign.COORDINATOR);
      TimeUnit.SECONDS.sleep(5); // sites try, in vain: there is nothing to wait for
      Files.delete(filler);
      if (!campaign.coordinatorRuns()) { // it may have had to stop: then it goes on when started
        campaign.start(KillCampaign.COORDINATOR);
      }
      assertThat(campaign.finish().modelDigest()).isEqualTo(calm);
      LedgerAudit.everyUpdateIsFoldedOnce(campaign, ROUNDS);
    } finally {
      assertThat(run("umount", "-l", home.toString())).isTrue();
    }
  }

  /** Writes until the file system takes no more. */
  private static void fill(Path filler) throws IOException {
    byte[] zeros = new byte[4096];
    try (var out = Files.newOutputStream(filler)) {
      while (true) {
        out.write(zeros);
      }
    } catch (IOException full) {
      assertThat(Files.size(filler)).isPositive();
    }
  }
}
