package io.tributary.coordinator.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.UserErrorException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CoordinatorHomeTest {
  @TempDir Path directory;

  @Test
  void laysOutAVersionedHomeAndOpensItAgain() throws IOException {
    Path path = directory.resolve("home");
    CoordinatorHome.open(path).close();
    assertThat(path.resolve("home.json")).hasContent("{\"kind\":\"coordinator\",\"version\":2}");
    try (CoordinatorHome home = CoordinatorHome.open(path)) {
      assertThat(home.path().resolve("runs")).isDirectory();
      assertThat(home.ledger()).isEqualTo(home.path().resolve("ledger.db"));
      assertThat(home.run("a-job").root()).isEqualTo(home.path().resolve("runs/a-job"));
    }
  }

  @Test
  void aRunHasDirectoriesOfItsOwnForItsOwnerOnly() throws IOException {
    try (CoordinatorHome home = CoordinatorHome.open(directory)) {
      RunDirectory run = home.run("a-job");
      run.create();
      run.create();
      for (Path made : new Path[] {run.models(), run.spool(), run.keys()}) {
        assertThat(made).isDirectory();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made)))
            .isEqualTo("rwx------");
      }
    }
  }

  @Test
  void leavesSpoolsWhereTheyAre() throws IOException {
    Path left = directory.resolve("runs/a-job/spool/3.1/site.part");
    Files.createDirectories(left.getParent());
    Files.writeString(left, "x");
    CoordinatorHome.open(directory).close();
    assertThat(left).hasContent("x");
  }

  @Test
  void refusesAHomeOfTheFirstLayoutAndChangesNothing() throws IOException {
    Files.writeString(directory.resolve("home.json"), "{\"kind\":\"coordinator\",\"version\":1}");
    Path model = directory.resolve("models/model.json");
    Path spool = directory.resolve("spool/1.1/site.part");
    for (Path file : new Path[] {model, spool}) {
      Files.createDirectories(file.getParent());
      Files.writeString(file, "old");
    }
    assertThatThrownBy(() -> CoordinatorHome.open(directory))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("layout version 1")
        .hasMessageContaining("choose another `home`");
    assertThat(model).hasContent("old");
    assertThat(spool).hasContent("old");
    assertThat(directory.resolve("runs")).doesNotExist();
  }

  @Test
  void refusesAHomeOfSomethingElseAndLetsItGo() throws IOException {
    for (String layout :
        new String[] {
          "{\"kind\":\"site\",\"version\":1}", "{\"kind\":\"coordinator\",\"version\":3}"
        }) {
      Files.writeString(directory.resolve("home.json"), layout);
      assertThatThrownBy(() -> CoordinatorHome.open(directory))
          .isInstanceOf(UserErrorException.class)
          .hasMessageContaining("but this is a coordinator of layout version 2");
    }
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
