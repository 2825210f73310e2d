package io.tributary.coordinator.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class NativeSqliteTest {
  @TempDir Path home;

  @Test
  @Timeout(60)
  void leavesNoLibraryBehindWhenItsProcessIsKilled() throws Exception {
    CommitLoop.runAndKill(home, "site", 1);
    assertThat(home.resolve("native")).isEmptyDirectory();
  }

  @Test
  @Timeout(60)
  void clearsAwayWhatAnEarlierProcessLeftAndNothingElse() throws Exception {
    Path directory = Files.createDirectory(home.resolve("native"));
    leave(directory.resolve("sqlite-3.1.2-0f0f-libsqlitejdbc.so"));
    leave(directory.resolve("sqlite-3.1.2-0f0f-libsqlitejdbc.so.lck"));
    leave(directory.resolve("readme"));
    CommitLoop.runAndKill(home, "site", 1);
    assertThat(directory.toFile().list()).containsExactly("readme");
  }

  private static void leave(Path file) throws IOException {
    Files.writeString(file, "left");
  }
}
