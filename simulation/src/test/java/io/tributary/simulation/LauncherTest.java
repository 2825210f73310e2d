package io.tributary.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.UserErrorException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LauncherTest {
  @TempDir Path directory;

  @Test
  void saysHowToGetADistributionThatIsNotThere() {
    assertThatThrownBy(() -> Launcher.of(directory))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("build the project with mvn package");
  }

  @Test
  void tellsEachProcessWhoseChildItIs() {
    Launcher launcher = new Launcher(List.of("java", "Other"));
    String pid = String.valueOf(ProcessHandle.current().pid());
    assertThat(launcher.site(Path.of("s.yaml")))
        .startsWith("java", "Other", "client", "start", "--config", "s.yaml")
        .endsWith("--stop-with-parent", pid);
    assertThat(launcher.coordinator(Path.of("c.yaml"), Path.of("j.yaml")))
        .containsSubsequence("coordinator", "start", "--config", "c.yaml", "--job", "j.yaml")
        .endsWith("--stop-with-parent", pid);
  }
}
