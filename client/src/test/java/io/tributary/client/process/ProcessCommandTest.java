package io.tributary.client.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.UserErrorException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessCommandTest {
  @TempDir Path directory;

  private Path program;

  @BeforeEach
  void program() throws IOException {
    program = Files.writeString(directory.resolve("train"), "#!/bin/sh\n");
    assertThat(program.toFile().setExecutable(true)).isTrue();
  }

  private ProcessCommand of(String name, Map<String, String> own) {
    return ProcessCommand.of(
        List.of(name, "a b", "$HOME"), directory, Map.of("OMP_NUM_THREADS", "1"), own);
  }

  @Test
  void findsAProgramByPathOrAlongPath() {
    assertThat(of("./train", Map.of()).arguments())
        .containsExactly(program.toString(), "a b", "$HOME");
    assertThat(of("train", Map.of("PATH", "/nowhere:" + directory)).arguments().get(0))
        .isEqualTo(program.toString());
  }

  @Test
  void refusesAProgramThatIsNotThere() {
    for (String name : List.of("./other", "other", ".", "./")) {
      assertThatThrownBy(() -> of(name, Map.of("PATH", directory.toString())))
          .isInstanceOf(UserErrorException.class)
          .hasMessageContaining("command");
    }
    assertThatThrownBy(() -> ProcessCommand.of(List.of(), directory, Map.of(), Map.of()))
        .isInstanceOf(UserErrorException.class);
  }

  @Test
  void passesFewVariablesOn() {
    ProcessCommand command =
        of("./train", Map.of("LANG", "C", "CLOUD_TOKEN", "secret", "LD_PRELOAD", "x.so"));
    assertThat(command.builder(1 << 30).environment())
        .containsExactlyInAnyOrderEntriesOf(Map.of("LANG", "C", "OMP_NUM_THREADS", "1"));
  }

  @Test
  void refusesAVariableThatIsNone() {
    for (String name : List.of("", "A=B", "1A", "A-B")) {
      assertThatThrownBy(
              () -> ProcessCommand.of(List.of("./train"), directory, Map.of(name, "x"), Map.of()))
          .isInstanceOf(UserErrorException.class)
          .hasMessageContaining("environment");
    }
  }
}
