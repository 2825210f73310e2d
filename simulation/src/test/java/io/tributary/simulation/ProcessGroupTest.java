package io.tributary.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ProcessGroupTest {
  @TempDir Path directory;

  private Path log() {
    return directory.resolve("log");
  }

  @Test
  void closingEndsEveryProcessAndNoneCanBeStartedAfterwards() throws Exception {
    ProcessGroup group = new ProcessGroup();
    ManagedProcess first = group.start("first", List.of("sleep", "600"), log());
    ManagedProcess second = group.start("second", List.of("sleep", "600"), log());
    assertThat(first.alive() && second.alive()).isTrue();
    group.close();
    assertThat(first.alive() || second.alive()).isFalse();
    assertThatThrownBy(() -> group.start("late", List.of("sleep", "1"), log()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("cannot start late");
    group.close(); // twice does no harm
  }

  @Test
  void aProcessThatIgnoresTheRequestIsKilled() throws Exception {
    ProcessGroup group = new ProcessGroup();
    ManagedProcess stubborn =
        group.start(
            "stubborn",
            List.of("sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done"),
            log());
    while (!stubborn.endOfLog().contains("ready")) {
      Thread.onSpinWait(); // until its trap is set; the test's timeout bounds this
    }
    group.close();
    assertThat(stubborn.alive()).isFalse();
    assertThat(stubborn.exitCode()).hasValue(128 + 9);
  }

  @Test
  void tellsTheExitCodeAndTheEndOfTheLog() throws Exception {
    try (ProcessGroup group = new ProcessGroup()) {
      ManagedProcess process =
          group.start(
              "talker",
              List.of(
                  "sh",
                  "-c",
                  "i=0; while [ $i -lt 2000 ]; do echo line $i; i=$((i+1)); done; exit 3"),
              log());
      assertThat(process.await(Duration.ofSeconds(30))).isTrue();
      assertThat(process.exitCode()).hasValue(3);
      assertThat(process.endOfLog()).endsWith("line 1999\n").hasSize(4096);
    }
  }

  @Test
  void killReachesTheProcessItself() throws Exception {
    try (ProcessGroup group = new ProcessGroup()) {
      ManagedProcess process = group.start("victim", List.of("sleep", "600"), log());
      process.kill();
      assertThat(process.await(Duration.ofSeconds(10))).isTrue();
      assertThat(process.exitCode()).hasValue(128 + 9);
    }
  }
}
