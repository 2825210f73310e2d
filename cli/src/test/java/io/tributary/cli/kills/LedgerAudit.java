package io.tributary.cli.kills;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tributary.coordinator.ledger.Ledger;
import io.tributary.coordinator.ledger.RunRow;
import io.tributary.coordinator.ledger.RunState;
import io.tributary.coordinator.ledger.SqliteLedger;
import io.tributary.coordinator.ledger.UploadRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What must be true of a coordinator's home and the sites' after any number of kills. */
final class LedgerAudit {
  private static final int MOST_ENTRIES = 10_000;

  private LedgerAudit() {}

  /** Counts every update once, and no more than once. */
  static void everyUpdateIsFoldedOnce(KillCampaign campaign, int rounds) throws IOException {
    Path home = campaign.home().coordinatorHome();
    try (Ledger ledger = SqliteLedger.readOnly(home.resolve("ledger.db"))) {
      assertThat(ledger.runs()).hasSize(1);
      RunRow run = ledger.runs().get(0);
      assertThat(run.state()).isEqualTo(RunState.COMPLETED);
      assertThat(ledger.models(run.runId())).hasSize(rounds + 1);
      assertThat(ledger.log(run.runId(), 0, MOST_ENTRIES)).hasSize(rounds + 1);
      for (int round = 1; round <= rounds; round++) {
        List<UploadRow> uploads = ledger.uploads(run.runId(), round);
        assertThat(uploads)
            .as("uploads of round %d", round)
            .allMatch(upload -> upload.state() == UploadRow.State.FOLDED)
            .extracting(upload -> upload.site().value())
            .containsExactlyInAnyOrderElementsOf(KillCampaign.SITES);
      }
    }
    everyRoundIsRecordedOnce(home.resolve("runs/campaign/rounds.jsonl"), rounds);
    assertThat(home.resolve("runs/campaign/spool"))
        .satisfiesAnyOf(
            spool -> assertThat(spool).doesNotExist(),
            spool -> assertThat(spool).isEmptyDirectory());
  }

  private static void everyRoundIsRecordedOnce(Path records, int rounds) throws IOException {
    List<Integer> committed = new ArrayList<>();
    for (String line : Files.readAllLines(records)) {
      JsonNode record = new ObjectMapper().readTree(line);
      if (record.path("outcome").asText().equals("committed")) {
        committed.add(record.path("round").asInt());
      }
    }
    List<Integer> expected = new ArrayList<>();
    for (int round = 1; round <= rounds; round++) {
      expected.add(round);
    }
    assertThat(committed).as("rounds in %s", records).isEqualTo(expected);
  }

  /** Has the distribution's own commands check the log and every site's receipts. */
  static void commandsAgree(KillCampaign campaign) throws IOException, InterruptedException {
    succeeds(campaign, "log", "verify", "--config", campaign.home().coordinatorConfig().toString());
    for (String site : KillCampaign.SITES) {
      succeeds(
          campaign,
          "client",
          "receipts",
          "verify",
          "--config",
          campaign.home().siteConfig(site).toString());
    }
  }

  private static void succeeds(KillCampaign campaign, String... words)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("tributary.dist"), "bin", "tributary").toString());
    command.addAll(List.of(words));
    Path output = campaign.home().directory().resolve("command-output");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    assertThat(process.waitFor()).as("%s%n%s", command, Files.readString(output)).isZero();
  }
}
