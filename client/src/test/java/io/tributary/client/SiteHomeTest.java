package io.tributary.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.UserErrorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SiteHomeTest {
  @TempDir private Path directory;

  @Test
  void emptiesTheOutboxAndKeepsModels() throws Exception {
    Path update;
    Path model;
    Path unfinished;
    try (SiteHome home = SiteHome.open(directory.resolve("home"))) {
      update = Files.writeString(home.outbox().resolve("run.r1.a1-1.update"), "left behind");
      model = Files.writeString(home.models().resolve("0.model"), "kept");
      unfinished = Files.writeString(home.models().resolve("0.model.x.tmp"), "unfinished");
    }

    SiteHome.open(directory.resolve("home")).close();

    assertThat(update).doesNotExist();
    assertThat(unfinished).doesNotExist();
    assertThat(model).exists();
  }

  @Test
  void refusesAHomeOfAnotherLayoutAndLetsGoOfIt() throws Exception {
    Path layout = directory.resolve("layout");
    Files.writeString(layout, "tributary-coordinator-9\n");

    assertThatThrownBy(() -> SiteHome.open(directory))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("has layout tributary-coordinator-9");
    Files.delete(layout);
    SiteHome.open(directory).close();
  }

  @Test
  void keepsItsFilesToTheOwner() throws Exception {
    try (SiteHome home = SiteHome.open(directory.resolve("home"))) {
      assertThat(Files.getPosixFilePermissions(home.outbox()))
          .isEqualTo(PosixFilePermissions.fromString("rwx------"));
    }
  }
}
