package io.tributary.simulation.virtual;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.JobSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutDirectoryTest {
  @TempDir Path directory;

  private SimulationOptions options(JobSpec job, Partition partition, String text, int workers) {
    return new SimulationOptions(
        job,
        List.of(SourceText.of("a", text)),
        "some texts",
        3,
        partition,
        0.1,
        workers,
        1,
        directory.resolve("out"));
  }

  private SimulationOptions options() {
    return options(Jobs.tiny(3, 2), new Partition.Iid(), "text", 1);
  }

  @Test
  void theSameSimulationGoesOnWhateverTheNumberOfWorkers() throws IOException {
    Path out = OutDirectory.open(options()).path();
    assertThat(OutDirectory.open(options(Jobs.tiny(3, 2), new Partition.Iid(), "text", 4)).path())
        .isEqualTo(out);
  }

  @Test
  void anAttackIsAnotherSimulation() throws IOException {
    Path out = OutDirectory.open(options()).path();
    SimulationOptions attacked = options().with(options().job(), new Attack(1, -10), out);
    assertThatThrownBy(() -> OutDirectory.open(attacked))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("--attackers is 1 but was absent there");
  }

  @Test
  void moreLyingSitesThanSitesAreWrongUsage() {
    assertThatThrownBy(() -> options().with(options().job(), new Attack(4, -10), directory))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("--attackers is 4 but must be 0 to the number of sites, which is 3");
  }

  @Test
  void anotherSimulationIsRefusedWithEachDifferenceNamed() throws IOException {
    Path file = OutDirectory.open(options()).path().resolve("simulation.json");
    byte[] before = Files.readAllBytes(file);
    JobSpec other = Jobs.tiny(3, 2).with(6, 4, Jobs.tiny(3, 2).round());
    assertThatThrownBy(
            () -> OutDirectory.open(options(other, new Partition.Dirichlet(0.5), "text", 1)))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("holds another simulation")
        .hasMessageContaining("--partition is dirichlet:0.5 but was iid there")
        .hasMessageContaining("job.seed is 6 but was 5 there")
        .hasMessageContaining("job.rounds is 4 but was 2 there");
    assertThatThrownBy(
            () -> OutDirectory.open(options(Jobs.tiny(3, 2), new Partition.Iid(), "other", 1)))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("the texts are not the same");
    assertThat(Files.readAllBytes(file)).isEqualTo(before);
  }

  @Test
  void aDirectoryOfSomethingElseIsRefusedAndLeftAlone() throws IOException {
    Path out = Files.createDirectory(directory.resolve("out"));
    Files.writeString(out.resolve("thesis.txt"), "important");
    assertThatThrownBy(() -> OutDirectory.open(options()))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("holds something that is no simulation");
    assertThat(out).isDirectoryContaining(file -> file.endsWith("thesis.txt"));
    try (var files = Files.list(out)) {
      assertThat(files).hasSize(1);
    }
  }

  @Test
  void aFileInItsPlaceAndADamagedIdentityAreNamed() throws IOException {
    Path out = directory.resolve("out");
    Files.writeString(out, "a file");
    assertThatThrownBy(() -> OutDirectory.open(options())).hasMessageContaining("is a file");
    Files.delete(out);
    Path file = OutDirectory.open(options()).path().resolve("simulation.json");
    Files.writeString(file, "{\"format\":");
    assertThatThrownBy(() -> OutDirectory.open(options()))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("simulation.json is damaged");
  }
}
