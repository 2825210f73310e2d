package io.tributary.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.tributary.common.job.JobSpec;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.model.TuningRules;
import io.tributary.examples.spam.Mail;
import io.tributary.simulation.FederationHome.SiteFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SpamSitesTest {
  private static final Path JOB = Path.of("..", "examples", "jobs", "spam.yaml");

  private static Map<String, List<Mail>> sites(int... sizes) {
    Map<String, List<Mail>> sites = new LinkedHashMap<>();
    for (int i = 0; i < sizes.length; i++) {
      String name = "s" + i;
      sites.put(name, Collections.nCopies(sizes[i], new Mail(name, i % 2 == 0, "a \"b\"\u2028")));
    }
    return sites;
  }

  @Test
  void processesGetAboutEquallyManyMails() {
    assertThat(SpamSites.hosts(sites(50, 40, 30, 20, 10), 2))
        .containsExactly(List.of("s0", "s3", "s4"), List.of("s1", "s2"));
    assertThat(SpamSites.hosts(sites(50, 40), 1)).containsExactly(List.of("s0", "s1"));
  }

  @Test
  void aMailIsALineOfJson() throws IOException {
    SiteFiles files = SpamSites.files(sites(2, 1), Path.of("t.json")).get("s1");
    List<String> lines = new String(files.content(), StandardCharsets.UTF_8).lines().toList();
    assertThat(lines).hasSize(1);
    assertThat(new ObjectMapper().readTree(lines.get(0)).path("text").asText())
        .isEqualTo("a \"b\"\u2028");
    assertThat(new ObjectMapper().readTree(lines.get(0)).path("label").asText()).isEqualTo("ham");
    assertThat(files.tokenizer()).isEqualTo(Path.of("t.json"));
  }

  private static JobSpec job(SpamOptions.Tune tune, Integer rounds) throws IOException {
    SpamOptions options = new SpamOptions(5, rounds, 7, tune, null, null, null, false, true, false);
    return SpamJob.read(JOB, options, 5, "0123456789abcdef".repeat(4));
  }

  @Test
  void theJobIsTheDocumentedOneWithTheUsersChoices() throws IOException {
    JobSpec head = job(SpamOptions.Tune.HEAD, null);
    assertThat(head.with(42, 20, JobSpec.read(JOB).round()).local())
        .isEqualTo(JobSpec.read(JOB).local());
    assertThat(head.rounds()).isEqualTo(20);
    assertThat(head.seed()).isEqualTo(7);
    assertThat(head.round().cohort()).isEqualTo(5);
    assertThat(head.round().quorum()).isEqualTo(1);
    assertThat(head.model().initialWeights()).isEqualTo("0123456789abcdef".repeat(4));
    assertThat(head.model().config().layout().trainableCount()).isEqualTo(2 * 384 + 2);
    assertThat(SpamJob.withSteps(head, 99).local().steps()).isEqualTo(99);
  }

  @Test
  void theOtherTuningsTrainTheEncoder() throws IOException {
    JobSpec lora = job(SpamOptions.Tune.LORA, 1);
    assertThat(lora.rounds()).isEqualTo(1);
    assertThat(((TransformerConfig) lora.model().config()).tuning().kind())
        .isEqualTo(TuningRules.Kind.LORA);
    JobSpec full = job(SpamOptions.Tune.FULL, null);
    assertThat(full.model().config().layout().trainableCount()).isGreaterThan(22_000_000);
  }

  @Test
  void choicesOutOfBoundsAreNamed() {
    assertThatThrownBy(
            () ->
                new SpamOptions(
                    25, null, 1, SpamOptions.Tune.HEAD, null, null, null, false, true, false))
        .hasMessageContaining("--sites is 25 but must be 2 to 24");
    assertThatThrownBy(
            () ->
                new SpamOptions(
                    5, 0, 1, SpamOptions.Tune.HEAD, null, null, null, false, true, false))
        .hasMessageContaining("--rounds is 0");
  }
}
