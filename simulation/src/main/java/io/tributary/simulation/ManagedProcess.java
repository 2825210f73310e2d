package io.tributary.simulation;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;

/**
 * One child process of a federation on this machine, with its log, from start to a certain end.
 *
 * <p>Its launcher replaces itself by the JVM ({@code exec}), so {@link #kill} reaches the JVM and
 * leaves nothing behind.
 */
public final class ManagedProcess {
  /** Bytes at the end of a log that an error message may quote. */
  private static final int MAX_QUOTED_BYTES = 4096;

  private final String name;
  private final Process process;
  private final Path log;

  private ManagedProcess(String name, Process process, Path log) {
    this.name = name;
    this.process = process;
    this.log = log;
  }

  /** Starts {@code command}; its output is appended to {@code log}. */
  static ManagedProcess start(String name, List<String> command, Path log) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.redirectInput(ProcessBuilder.Redirect.from(devNull()));
    return new ManagedProcess(name, builder.start(), log);
  }

  private static java.io.File devNull() {
    return new java.io.File(java.io.File.separatorChar == '/' ? "/dev/null" : "NUL");
  }

  /** What the federation calls it. */
  public String name() {
    return name;
  }

  /** Process id. */
  public long pid() {
    return process.pid();
  }

  /** Whether it still runs. */
  public boolean alive() {
    return process.isAlive();
  }

  /** Ends it at once (SIGKILL where there are signals): no shutdown hook of it runs. */
  public void kill() {
    process.destroyForcibly();
  }

  /** Asks it to end (SIGTERM). */
  public void stop() {
    process.destroy();
  }

  /** Its exit code, once it has ended. */
  public OptionalInt exitCode() {
    return process.isAlive() ? OptionalInt.empty() : OptionalInt.of(process.exitValue());
  }

  /** Waits for its end; whether it came in time. */
  public boolean await(Duration longest) throws InterruptedException {
    return process.waitFor(longest.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** The last lines of its log, to say why it failed. */
  public String endOfLog() {
    try (SeekableByteChannel channel = Files.newByteChannel(log)) {
      channel.position(Math.max(0, channel.size() - MAX_QUOTED_BYTES));
      ByteBuffer end = ByteBuffer.allocate(MAX_QUOTED_BYTES);
      while (end.hasRemaining() && channel.read(end) >= 0) {
        // until the end of the log, or of what may be quoted
      }
      return StandardCharsets.UTF_8.decode(end.flip()).toString();
    } catch (IOException e) {
      return "(its log " + log + " cannot be read: " + e.getMessage() + ")";
    }
  }
}
