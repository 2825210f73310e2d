package io.tributary.common.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.config.UserErrorException.Kind;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HomeLockTest {
  @TempDir Path directory;

  @Test
  void refusesTheSameHomeInTheSameProcessUntilItIsFreed() throws IOException {
    Path home = directory.resolve("home");
    try (HomeLock lock = HomeLock.acquire(home)) {
      assertThat(lock.home()).isEqualTo(home.toRealPath());
      Path alias = Files.createSymbolicLink(directory.resolve("alias"), home);
      for (Path same : new Path[] {home, alias, home.resolve("../home")}) {
        assertThatThrownBy(() -> HomeLock.acquire(same))
            .asInstanceOf(InstanceOfAssertFactories.type(UserErrorException.class))
            .returns(Kind.REFUSED, UserErrorException::kind)
            .extracting(Throwable::getMessage, InstanceOfAssertFactories.STRING)
            .contains(
                same.toString(),
                "in use",
                "by this process",
                "another `home` in the configuration");
      }
    }
    HomeLock again = HomeLock.acquire(home);
    again.close();
    again.close();
    HomeLock.acquire(home).close();
  }

  @Test
  void refusesAHomeThatOtherCodeInThisProcessHolds() throws IOException {
    try (FileChannel channel =
            FileChannel.open(
                directory.resolve(HomeLock.FILE_NAME),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
        FileLock lock = channel.lock()) {
      assertThatThrownBy(() -> HomeLock.acquire(directory))
          .isInstanceOf(UserErrorException.class)
          .hasMessageContaining("by other code in this process");
      assertThat(lock.isValid()).isTrue();
      assertThat(acquireInAnotherProcess()).contains("REFUSED", "in use");
    }
  }

  @Test
  void refusesASecondProcessAndNamesTheFirst() throws IOException {
    try (HomeLock lock = HomeLock.acquire(directory)) {
      assertThatThrownBy(() -> HomeLock.acquire(lock.home())); // must not loosen the lock
      assertThat(acquireInAnotherProcess())
          .contains("REFUSED")
          .contains("in use by process " + ProcessHandle.current().pid())
          .contains("choose another `home` in the configuration");
    }
    assertThat(acquireInAnotherProcess()).isEqualTo("ACQUIRED");
  }

  @Test
  void saysWhyAHomeCannotBeUsed() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    assertThatThrownBy(() -> HomeLock.acquire(file))
        .asInstanceOf(InstanceOfAssertFactories.type(UserErrorException.class))
        .returns(Kind.FAILED, UserErrorException::kind)
        .extracting(Throwable::getMessage, InstanceOfAssertFactories.STRING)
        .contains(file.toString(), "cannot be used");
  }

  private String acquireInAnotherProcess() throws IOException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-cp",
                location(HomeLock.class) + File.pathSeparator + location(HomeLockTest.class),
                SecondProcess.class.getName(),
                directory.toString())
            .redirectErrorStream(true)
            .start();
    try {
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    } finally {
      process.destroyForcibly();
    }
  }

  private static String location(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  /** What the second process runs. */
  static final class SecondProcess {
    private SecondProcess() {}

    public static void main(String[] arguments) {
      try (HomeLock lock = HomeLock.acquire(Path.of(arguments[0]))) {
        System.out.println(lock.home() == null ? "no home" : "ACQUIRED");
      } catch (UserErrorException e) {
        System.out.println(e.kind() + " " + e.getMessage());
      }
    }
  }
}
