package io.tributary.cli.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.tributary.certs.CertificateAuthority;
import io.tributary.client.AgentOptions;
import io.tributary.client.SiteAgent;
import io.tributary.client.SiteConfig;
import io.tributary.common.job.JobSpec;
import io.tributary.common.model.ModelDirectory;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.Digest;
import io.tributary.common.wire.v1.SignedStatement;
import io.tributary.coordinator.CoordinatorConfig;
import io.tributary.coordinator.CoordinatorServer;
import io.tributary.coordinator.job.JobSummary;
import io.tributary.coordinator.ledger.Ledger;
import io.tributary.coordinator.ledger.RunRow;
import io.tributary.coordinator.ledger.SqliteLedger;
import io.tributary.coordinator.ledger.UploadRow;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * docs/protocol.md is enough to write a site: one in plain Python, written from it, works beside a
 * Java site over real TLS, and is killed at each moment of an upload without changing a bit.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class WireSiteIT {
  private static final String PROGRAM =
      Digest.sha256("slope * x + offset".getBytes(StandardCharsets.UTF_8)).hex();
  private static final List<Double> WEST = List.of(-2.0, -1.5, -1.0);
  private static final List<Double> EAST = List.of(1.0, 1.5, 2.0);
  private static final String EAST_POINTS = "1:3,1.5:4,2:5";
  private static final String PLAIN =
      "rounds: 40, local: {learning-rate: 0.1, epochs: 1}, update: {}";

  /** Everything of a job that such a site has to do by itself. */
  private static final String DEMANDING =
      "rounds: 8, update: {clipping-norm: 0.3}, local: {learning-rate: 0.1, epochs: 3,"
          + " final-learning-rate: 0.05, learning-rate-schedule: linear}";

  private static final int DEMANDING_ROUNDS = 8;

  @TempDir Path directory;

  private static JobSpec job(String terms) {
    return JobSpec.fromYaml(
        """
        {name: line, round: {cohort: 2}, %s,
        model: {external: {program: %s, tensors: [{name: slope, shape: [1]}, {name: offset, shape: [1]}]}}}
        """
            .formatted(terms, PROGRAM));
  }

  /** A federation in a directory of its own, with one Java site and room for another. */
  private static final class Federation implements AutoCloseable {
    private final Path home;
    private final CertificateAuthority authority;
    private final CoordinatorServer coordinator;
    private final SiteAgent west;

    Federation(Path home) {
      this.home = home;
      authority = CertificateAuthority.local(home.resolve("certs"));
      coordinator =
          CoordinatorServer.start(CoordinatorConfig.local(home.resolve("certs"), state()));
      west = javaSite("west", WEST);
    }

    Path state() {
      return home.resolve("coordinator");
    }

    Path certificates(String site) {
      SiteName name = new SiteName(site);
      var unused = authority.issueSite(name, false);
      return authority.siteDirectory(name);
    }

    SiteAgent javaSite(String name, List<Double> x) {
      SiteConfig config =
          SiteConfig.local(coordinator.port(), certificates(name), home.resolve(name));
      SiteAgent agent = SiteAgent.open(config, AgentOptions.with(unused -> new LineTrainer(x)));
      agent.start();
      return agent;
    }

    @Override
    public void close() {
      west.close();
      coordinator.close();
    }
  }

  private JobSummary withTwoJavaSites(JobSpec job) {
    try (Federation federation = new Federation(directory.resolve("java"));
        SiteAgent east = federation.javaSite("east", EAST)) {
      assertThat(east.site()).isNotNull();
      return federation.coordinator.run(job).join();
    }
  }

  private static float[] weights(JobSummary end) {
    ModelDirectory model = new ModelDirectory(Path.of(end.modelDirectory()));
    return model.weights(model.description());
  }

  /** Every update once, its receipt at the site, and a log that holds. */
  private static void everythingIsCountedOnce(Path home, Path state, Path receipts, int rounds)
      throws Exception {
    try (Ledger ledger = SqliteLedger.readOnly(state.resolve("ledger.db"))) {
      RunRow run = ledger.runs().get(0);
      for (int round = 1; round <= rounds; round++) {
        List<UploadRow> uploads = ledger.uploads(run.runId(), round);
        assertThat(uploads)
            .as("uploads of round %d", round)
            .allMatch(upload -> upload.state() == UploadRow.State.FOLDED && upload.attempt() == 1)
            .extracting(upload -> upload.site().value())
            .containsExactlyInAnyOrder("west", "east");
        byte[] kept = Files.readAllBytes(receipts.resolve(run.runId() + "-" + round));
        assertThat(uploads)
            .filteredOn(upload -> upload.site().value().equals("east"))
            .extracting(UploadRow::receipt)
            .containsExactly(SignedStatement.parseFrom(kept));
      }
      try (var files = Files.list(receipts)) {
        assertThat(files).hasSize(rounds);
      }
    }
    Process verify =
        new ProcessBuilder(
                Path.of(System.getProperty("tributary.dist"), "bin", "tributary").toString(),
                "log",
                "verify",
                "--home=" + state,
                "--ca=" + home.resolve("certs").resolve("ca.pem"))
            .redirectErrorStream(true)
            .start();
    String said = new String(verify.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(verify.waitFor()).as(said).isZero();
  }

  @Test
  void aSiteInPythonGivesTheModelThatAJavaSiteGives() throws Exception {
    Path home = directory.resolve("python");
    JobSummary end;
    Path receipts;
    try (Federation federation = new Federation(home);
        PythonSite east =
            PythonSite.at(
                federation.coordinator.port(),
                federation.certificates("east"),
                home.resolve("east"),
                EAST_POINTS)) {
      east.start();
      end = federation.coordinator.run(job(PLAIN)).join();
      assertThat(east.exitCode()).as(east.log()).isZero();
      assertThat(east.log()).isEmpty();
      assertThat(east.update()).doesNotExist();
      receipts = east.receipts();
    }
    assertThat(end.isCompleted()).as(end.reason()).isTrue();
    assertThat(weights(end)[0]).isCloseTo(2, within(1e-3f));
    assertThat(weights(end)[1]).isCloseTo(1, within(1e-3f));
    everythingIsCountedOnce(home, home.resolve("coordinator"), receipts, 40);
    JobSummary both = withTwoJavaSites(job(PLAIN));
    assertThat(weights(end)).as("bit for bit").containsExactly(weights(both));
    assertThat(end.heldOutNatsPerByteFinal()).isEqualTo(both.heldOutNatsPerByteFinal());
  }

  @Test
  void killedAtEachMomentOfAnUploadItLosesNothingAndNothingCountsTwice() throws Exception {
    Path home = directory.resolve("killed");
    JobSummary end;
    Path receipts;
    try (Federation federation = new Federation(home);
        HeldLink link =
            HeldLink.to(federation.coordinator.port(), home.resolve("east").resolve("update"));
        PythonSite east =
            PythonSite.at(
                link.port(), federation.certificates("east"), home.resolve("east"), EAST_POINTS)) {
      CompletableFuture<JobSummary> run = federation.coordinator.run(job(DEMANDING));
      for (HeldLink.Moment moment : HeldLink.Moment.values()) {
        CompletableFuture<Void> held = link.holdAt(moment);
        east.start();
        CompletableFuture.anyOf(held, run).get(2, TimeUnit.MINUTES);
        assertThat(held).as("%s comes before the end; %s", moment, east.log()).isCompleted();
        assertThat(east.update()).exists();
        east.kill();
        link.cutAndPass();
      }
      east.start();
      end = run.get(2, TimeUnit.MINUTES);
      assertThat(east.exitCode()).as(east.log()).isZero();
      assertThat(east.update()).doesNotExist();
      receipts = east.receipts();
    }
    assertThat(end.isCompleted()).as(end.reason()).isTrue();
    everythingIsCountedOnce(home, home.resolve("coordinator"), receipts, DEMANDING_ROUNDS);
    assertThat(weights(end))
        .as("bit for bit")
        .containsExactly(weights(withTwoJavaSites(job(DEMANDING))));
  }
}
