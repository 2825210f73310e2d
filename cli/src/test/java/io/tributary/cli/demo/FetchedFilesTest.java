package io.tributary.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.UserErrorException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The shell stands in for package managers, which need a network. */
@DisabledOnOs(OS.WINDOWS)
class FetchedFilesTest {
  /** Of "hello\n". */
  private static final String DIGEST =
      "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";

  @TempDir private Path directory;

  private static FetchedFiles.Wanted wanted(String script) {
    return new FetchedFiles.Wanted(
        "The file", "f.tgz", DIGEST, List.of("sh", "-c", script), "Name one by --data");
  }

  private FetchedFiles files() {
    return new FetchedFiles(directory.resolve("cache"));
  }

  @Test
  void whatIsFetchedIsKept() throws Exception {
    Path file = files().get(wanted("echo hello > f.tgz"));
    assertThat(file).hasContent("hello\n");
    assertThat(files().get(wanted("exit 1"))).as("not fetched again").isEqualTo(file);
  }

  @Test
  void aSpoiltFileIsFetchedAgain() throws Exception {
    Path file = files().get(wanted("echo hello > f.tgz"));
    Files.writeString(file, "spoilt");
    assertThat(files().get(wanted("echo hello > f.tgz"))).hasContent("hello\n");
  }

  @Test
  void anotherContentIsRefusedAndNotKept() throws IOException {
    assertFails("echo evil > f.tgz", "but must have " + DIGEST);
    assertThat(directory.resolve("cache").resolve("f.tgz")).doesNotExist();
  }

  @Test
  void aFailureSaysWhyAndWhatToDo() throws IOException {
    assertFails("echo no network >&2; exit 7", "no network");
    assertFails("true", "it made no file f.tgz");
    FetchedFiles.Wanted missing =
        new FetchedFiles.Wanted(
            "The file", "f.tgz", DIGEST, List.of("no-such-program"), "Name one by --data");
    assertThatThrownBy(() -> files().get(missing))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("no-such-program is not installed")
        .hasMessageContaining("Name one by --data");
  }

  private void assertFails(String script, String why) throws IOException {
    assertThatThrownBy(() -> files().get(wanted(script)))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("The file cannot be fetched")
        .hasMessageContaining(why)
        .hasMessageContaining("Name one by --data");
    try (Stream<Path> left = Files.list(directory.resolve("cache"))) {
      assertThat(left).as("nothing half-fetched").isEmpty();
    }
  }
}
