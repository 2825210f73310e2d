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
  void keepsEverythingButUnfinishedModels() throws Exception {
    SiteHome home = SiteHome.open(directory.resolve("home"));
    Path receipt = Files.writeString(home.receipts().resolve("1.receipt"), "kept");
    Path log = Files.writeString(home.log().resolve("run.tlog"), "kept");
    Path model = Files.writeString(home.models().resolve("0.model"), "kept");
    Path unfinished = Files.writeString(home.models().resolve("0.model.x.tmp"), "unfinished");

    SiteHome.open(directory.resolve("home"));

    assertThat(unfinished).doesNotExist();
    assertThat(model).exists();
    assertThat(receipt).exists();
    assertThat(log).exists();
  }

  @Test
  void refusesAHomeOfAnotherLayoutAndTouchesNothingInIt() throws Exception {
    Files.writeString(directory.resolve("layout"), "tributary-site-1\n");

    assertThatThrownBy(() -> SiteHome.open(directory))
        .isInstanceOfSatisfying(
            UserErrorException.class,
            e -> assertThat(e.kind()).isEqualTo(UserErrorException.Kind.REFUSED))
        .hasMessageContaining("has layout tributary-site-1 but this program writes")
        .hasMessageContaining("choose another directory");
    try (var left = Files.list(directory)) {
      assertThat(left).containsExactly(directory.resolve("layout"));
    }
  }

  @Test
  void keepsItsFilesToTheOwner() throws Exception {
    SiteHome home = SiteHome.open(directory.resolve("home"));
    for (Path kept : new Path[] {home.outbox(), home.receipts(), home.log(), home.models()}) {
      assertThat(Files.getPosixFilePermissions(kept))
          .isEqualTo(PosixFilePermissions.fromString("rwx------"));
    }
  }
}
