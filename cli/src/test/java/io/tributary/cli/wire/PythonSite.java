package io.tributary.cli.wire;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tributary.client.SiteConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** {@code examples/python/wire_site.py} as a process that can be killed and started again. */
final class PythonSite implements AutoCloseable {
  private static final Path SCRIPT = Path.of("..", "examples", "python", "wire_site.py");
  private static final List<String> PYTHONS =
      List.of("python3", "/usr/bin/python3", "/usr/local/bin/python3", "/opt/homebrew/bin/python3");
  private static final String CHECK =
      "import ssl, sys; sys.exit(sys.version_info < (3, 9) or not ssl.HAS_TLSv1_3)";

  private final List<String> command;
  private final Path home;
  private final Path log;
  private Process process;

  private PythonSite(List<String> command, Path home, Path log) {
    this.command = command;
    this.home = home;
    this.log = log;
  }

  /**
   * A site that is not started yet; skips the test where there is no Python for it.
   *
   * @param port that it dials
   * @param points as the script takes them
   */
  static PythonSite at(int port, Path certificates, Path home, String points)
      throws IOException, InterruptedException {
    SiteConfig.Tls tls = SiteConfig.Tls.in(certificates);
    List<String> command =
        List.of(
            python(),
            SCRIPT.toString(),
            "--host=localhost",
            "--port=" + port,
            "--ca=" + tls.ca(),
            "--cert=" + tls.certificate(),
            "--key=" + tls.key(),
            "--home=" + home,
            "--points=" + points,
            "--held-out=" + points,
            "--until-farewell");
    return new PythonSite(command, home, home.resolveSibling(home.getFileName() + ".log"));
  }

  private static String python() throws InterruptedException {
    for (String python : PYTHONS) {
      try {
        Process check = new ProcessBuilder(python, "-c", CHECK).start();
        if (check.waitFor(1, TimeUnit.MINUTES) && check.exitValue() == 0) {
          return python;
        }
        check.destroyForcibly();
      } catch (IOException notThere) {
        // the next one may be
      }
    }
    assumeTrue(false, "no python3 of 3.9 or later with TLS 1.3 among " + PYTHONS);
    throw new IllegalStateException("not reached");
  }

  /** The file that holds the update until its outcome is known. */
  Path update() {
    return home.resolve("update");
  }

  Path receipts() {
    return home.resolve("receipts");
  }

  String log() throws IOException {
    return Files.exists(log) ? Files.readString(log) : "";
  }

  void start() throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().put("PYTHONDONTWRITEBYTECODE", "1");
    process = builder.start();
  }

  /** As {@code kill -9} does. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** Waits for its end; returns the exit code, or -1 when it does not end. */
  int exitCode() throws InterruptedException {
    return process.waitFor(1, TimeUnit.MINUTES) ? process.exitValue() : -1;
  }

  @Override
  public void close() {
    if (process != null) {
      process.destroyForcibly().onExit().join();
    }
  }
}
