package io.tributary.cli.kills;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tributary.common.job.JobSpec;
import io.tributary.simulation.ManagedProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
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
  void aCoordinatorWhoseDiskFillsStopsInOrderAndGoesOnWhenThereIsRoom() throws Exception {
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
      campaign.start(KillCampaign.COORDINATOR);
      Path head = home.resolve("runs").resolve(job.name()).resolve("models/model.json");
      await(campaign, () -> Files.exists(head)); // the job has begun; now the disk fills
      fill(filler);
      for (String site : KillCampaign.SITES) {
        campaign.start(site);
      }
      ManagedProcess coordinator = campaign.federation().process(KillCampaign.COORDINATOR);
      assertThat(coordinator.await(KillCampaign.LONGEST_WAIT)).isTrue();
      assertThat(coordinator.exitCode()).as(coordinator.endOfLog()).hasValue(1);
      assertThat(coordinator.endOfLog()).contains("disk is full").doesNotContain("\tat ");
      Files.delete(filler);
      campaign.start(KillCampaign.COORDINATOR);
      assertThat(campaign.finish().modelDigest()).isEqualTo(calm);
      LedgerAudit.everyUpdateIsFoldedOnce(campaign, ROUNDS);
    } finally {
      assertThat(run("umount", "-l", home.toString())).isTrue();
    }
  }

  private static void await(KillCampaign campaign, BooleanSupplier condition)
      throws InterruptedException {
    ManagedProcess coordinator = campaign.federation().process(KillCampaign.COORDINATOR);
    long deadline = System.nanoTime() + KillCampaign.LONGEST_WAIT.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime())
          .as("the coordinator's log ends: %s", coordinator.endOfLog())
          .isLessThan(deadline);
      TimeUnit.MILLISECONDS.sleep(20); // polling another process; nothing to wait on
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
