package io.tributary.coordinator.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.UserErrorException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CoordinatorHomeTest {
  @TempDir Path directory;

  @Test
  void laysOutAVersionedHomeAndOpensItAgain() throws IOException {
    Path path = directory.resolve("home");
    CoordinatorHome.open(path).close();
    assertThat(path.resolve("home.json")).hasContent("{\"kind\":\"coordinator\",\"version\":1}");
    try (CoordinatorHome home = CoordinatorHome.open(path)) {
      assertThat(home.models()).isDirectory();
      assertThat(home.spool()).isDirectory();
    }
  }

  @Test
  void emptiesTheSpoolOfAProcessThatWasKilled() throws IOException {
    Path left = directory.resolve("spool/3.1/site.part");
    Files.createDirectories(left.getParent());
    Files.writeString(left, "x");
    try (CoordinatorHome home = CoordinatorHome.open(directory)) {
      assertThat(home.spool()).isEmptyDirectory();
    }
  }

  @Test
  void refusesAHomeOfSomethingElseAndLetsItGo() throws IOException {
    Files.writeString(directory.resolve("home.json"), "{\"kind\":\"site\",\"version\":1}");
    assertThatThrownBy(() -> CoordinatorHome.open(directory))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("kind \"site\"");
    Files.delete(directory.resolve("home.json"));
    CoordinatorHome.open(directory).close();
  }

  @Test
  void takesBackWhereItListenedWhenItCloses() throws IOException {
    Path endpoint = CoordinatorHome.endpoint(directory);
    try (CoordinatorHome home = CoordinatorHome.open(directory)) {
      home.publishEndpoint(1, 2);
      assertThat(endpoint).content().contains("\"adminPort\":2,", "\"port\":1");
    }
    assertThat(endpoint).doesNotExist();
  }
}
