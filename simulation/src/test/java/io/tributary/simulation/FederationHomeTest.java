package io.tributary.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.job.JobSpec;
import io.tributary.common.tls.TlsMaterial;
import io.tributary.coordinator.CoordinatorConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FederationHomeTest {
  @TempDir Path directory;

  private JobSpec job() throws IOException {
    Path file = directory.resolve("given.yaml");
    Files.writeString(
        file,
        """
        name: job
        rounds: 1
        model: {preset: shakespeare-tiny}
        local: {learning-rate: 0.01, epochs: 1}
        round: {cohort: 2}
        """);
    return JobSpec.read(file);
  }

  private FederationHome home() throws IOException {
    Map<String, byte[]> texts =
        Map.of("north", "N text".getBytes(StandardCharsets.UTF_8), "south", new byte[] {'S'});
    return FederationHome.create(directory.resolve("f"), job(), texts, 7443, Clock.systemUTC());
  }

  @Test
  void writesAJobAndACoordinatorThatReadBack() throws IOException {
    FederationHome home = home();
    assertThat(JobSpec.read(home.job())).isEqualTo(job());
    CoordinatorConfig config = CoordinatorConfig.read(home.coordinatorConfig());
    assertThat(config.listen().port()).isEqualTo(7443);
    assertThat(config.home()).isEqualTo(home.coordinatorHome().toString());
  }

  @Test
  void givesEachSiteItsOwnTextAndItsOwnCertificate() throws IOException {
    FederationHome home = home();
    assertThat(home.sites()).containsExactlyInAnyOrder("north", "south");
    assertThat(home.siteDirectory("north").resolve("data").resolve("text.txt"))
        .hasContent("N text");
    for (String site : home.sites()) {
      Path certificates = home.certificates().resolve("sites").resolve(site);
      assertThat(TlsMaterial.loadSite(certificates, Clock.systemUTC())).isNotNull();
      assertThat(Files.readString(home.siteConfig(site))).contains("sites/" + site + "/site.pem");
    }
  }

  @Test
  void noSiteMayTakeTheCoordinatorsName() throws IOException {
    FederationHome home =
        FederationHome.create(
            directory.resolve("g"),
            job(),
            Map.of("coordinator", new byte[] {'x'}),
            7443,
            Clock.systemUTC());
    assertThatThrownBy(() -> new LocalFederation(home, new Launcher(java.util.List.of("true"))))
        .hasMessageContaining("no site may be called coordinator");
  }
}
