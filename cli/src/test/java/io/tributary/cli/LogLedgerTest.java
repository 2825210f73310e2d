package io.tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tributary.certs.CertificateAuthority;
import io.tributary.certs.HostNames;
import io.tributary.certs.Validity;
import io.tributary.common.job.JobSpec;
import io.tributary.common.job.LocalTraining;
import io.tributary.common.job.ModelSpec;
import io.tributary.common.job.RoundRules;
import io.tributary.coordinator.ledger.RunRow;
import io.tributary.coordinator.store.CoordinatorHome;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/**
 * The log commands on a coordinator's home, while the coordinator's ledger is open and after, with
 * rounds that fold to the log's digests and with rounds that do not.
 */
@Timeout(120)
class LogLedgerTest {
  @TempDir Path directory;
  private Path pki;
  private Path home;
  private Path config;
  private TrainedHome trained;

  private record Ran(int exitCode, String out, String err) {}

  private static Ran run(Object... words) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine commandLine =
        Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    int exitCode =
        commandLine.execute(Stream.of(words).map(String::valueOf).toArray(String[]::new));
    return new Ran(exitCode, out.toString(), err.toString());
  }

  private static void refused(Ran ran, int exitCode, String... parts) {
    assertThat(ran.err()).contains(parts).doesNotContain("\tat ").doesNotContain("defect");
    assertThat(ran.exitCode()).as(ran.err()).isEqualTo(exitCode);
  }

  private static JobSpec job(String name) {
    return new JobSpec(
        name,
        3L,
        2,
        null,
        new ModelSpec(null, 256, 4, 1, 2, 8, 4),
        null,
        new LocalTraining(null, 0.1, null, null, null, null, 4, 1, null),
        new RoundRules(2, 1.0, 1, null, null, null, null, null),
        null);
  }

  @BeforeEach
  void prepare() throws IOException {
    pki = directory.resolve("pki");
    new CertificateAuthority(pki, Clock.systemUTC(), Validity.DEFAULT).init(HostNames.LOCAL, false);
    home = Files.createDirectory(directory.resolve("home"));
    config =
        Files.writeString(
            directory.resolve("coordinator.yaml"), "home: home\ntls: {directory: pki}\n");
    trained = new TrainedHome(home, pki);
  }

  @AfterEach
  void close() {
    trained.close();
  }

  @Test
  void aRunningCoordinatorsLedgerIsVerifiedWithItsRowsAndReceipts() throws IOException {
    RunRow run = trained.train(job("job"), 2, false);
    Ran ran = run("log", "verify", "--config", config);
    assertThat(ran.exitCode()).as(ran.err()).isZero();
    assertThat(ran.out())
        .contains("log of run " + run.runId() + " holds")
        .contains("entries  3 (rounds 0 to 2)")
        .contains("agrees: models, folded updates and 4 receipts");
    assertThat(run("log", "verify", "--home", home, "--ca", pki.resolve("ca.pem")).exitCode())
        .isZero();
  }

  @Test
  void everyRunIsVerifiedAndOneIsShown() throws IOException {
    RunRow first = trained.train(job("first"), 1, false);
    RunRow second = trained.train(job("second"), 2, false);
    assertThat(run("log", "verify", "--config", config).out())
        .contains(first.runId(), second.runId());
    assertThat(run("log", "show", "--config", config, "--run", "second").out())
        .contains("round 2, attempt 1")
        .contains(second.runId())
        .doesNotContain(first.runId());
    refused(run("log", "show", "--config", config), 2, "--run is missing", "first, second");
    refused(run("log", "show", "--config", config, "--run", "third"), 2, "first, second");
  }

  @Test
  void anExportedLogIsVerifiedWithoutTheLedger() throws IOException {
    RunRow run = trained.train(job("job"), 2, false);
    Path out = directory.resolve("job.tlog");
    Ran exported = run("log", "export", "--config", config, "--run", run.runId(), "--out", out);
    assertThat(exported.exitCode()).as(exported.err()).isZero();
    trained.close();
    Files.delete(CoordinatorHome.ledger(home));
    Ran verified = run("log", "verify", "--file", out, "--ca", pki.resolve("ca.pem"));
    assertThat(verified.exitCode()).as(verified.err()).isZero();
    assertThat(verified.out()).contains("entries  3");
  }

  @Test
  void anExistingFileIsNotOverwrittenByAnExport() throws IOException {
    RunRow run = trained.train(job("job"), 1, false);
    Path out = Files.writeString(directory.resolve("job.tlog"), "mine");
    refused(
        run("log", "export", "--config", config, "--run", run.name(), "--out", out),
        3,
        "job.tlog exists and is not overwritten");
    assertThat(out).hasContent("mine");
  }

  @Test
  void keptUpdatesFoldAgainToTheLogsDigests() throws IOException {
    RunRow run = trained.train(job("job"), 2, true);
    Map<Path, String> before = files();
    Ran ran = run("log", "replay", "--config", config);
    assertThat(ran.exitCode()).as(ran.err() + ran.out()).isZero();
    assertThat(ran.out()).contains("3 of 3 rounds reproduced").contains(run.runId());
    assertThat(files()).isEqualTo(before);
    JsonNode result =
        new ObjectMapper()
            .readTree(run("log", "replay", "--config", config, "--output", "json").out());
    assertThat(result.get("rounds")).hasSize(3);
    assertThat(result.get("rounds").get(2).get("actual"))
        .isEqualTo(result.get("rounds").get(2).get("expected"));
  }

  @Test
  void erasedUpdatesCannotBeFoldedAgainAndTheExitCodeSaysSo() throws IOException {
    RunRow unusedRun = trained.train(job("job"), 2, false);
    Ran ran = run("log", "replay", "--config", config);
    assertThat(ran.exitCode()).isEqualTo(3);
    assertThat(ran.out())
        .contains("not-replayable")
        .contains("--keep-spools")
        .contains("1 of 3 rounds reproduced");
  }

  @Test
  void aChangedUpdateIsNamed() throws IOException {
    RunRow run = trained.train(job("job"), 2, true);
    Path kept = CoordinatorHome.run(home, run.name()).kept().resolve("1").resolve("north.part");
    byte[] bytes = Files.readAllBytes(kept);
    bytes[0] ^= 1;
    Files.write(kept, bytes);
    Ran ran = run("log", "replay", "--config", config);
    assertThat(ran.exitCode()).isEqualTo(3);
    assertThat(ran.out()).contains("north.part has digest").contains("but the log says");
  }

  @Test
  void aScratchDirectoryWithFilesIsRefused() throws IOException {
    RunRow unusedRun = trained.train(job("job"), 1, true);
    Path scratch = Files.createDirectory(directory.resolve("scratch"));
    Path file = Files.writeString(scratch.resolve("mine.f32"), "mine");
    refused(run("log", "replay", "--config", config, "--scratch", scratch), 3, "is not empty");
    assertThat(file).hasContent("mine");
  }

  @Test
  void anotherFederationsLedgerIsNamedAsSuch() throws IOException {
    RunRow unusedRun = trained.train(job("job"), 1, false);
    Path other = directory.resolve("other");
    new CertificateAuthority(other, Clock.systemUTC(), Validity.DEFAULT)
        .init(HostNames.LOCAL, false);
    for (String verb : new String[] {"verify", "show", "replay"}) {
      refused(
          run("log", verb, "--config", config, "--ca", other.resolve("ca.pem")),
          1,
          "the ledger's log of run job.0badcafe does not hold at entry 0",
          "issued by another authority");
    }
  }

  @Test
  void aHomeWithoutALedgerOrWithoutRunsSaysSo() throws IOException {
    refused(run("log", "verify", "--config", config), 1, "holds no run");
    Path empty = Files.createDirectory(directory.resolve("empty"));
    refused(
        run("log", "verify", "--home", empty, "--ca", pki.resolve("ca.pem")),
        1,
        "there is no ledger");
    assertThat(empty).isEmptyDirectory();
  }

  private Map<Path, String> files() throws IOException {
    Map<Path, String> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(home.resolve("runs"))) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        files.put(file, Arrays.toString(Files.readAllBytes(file)));
      }
    }
    return files;
  }
}
