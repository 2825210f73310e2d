package io.tributary.cli.kills;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/**
 * The system's clock, off by what a file in the process's directory says; it may change any time.
 */
final class JumpingClock extends Clock {
  private final Path offset;

  private JumpingClock(Path offset) {
    this.offset = offset;
  }

  static JumpingClock in(Path directory) {
    return new JumpingClock(directory.resolve("clock-offset"));
  }

  /** Has the clock of the process in this directory jump. */
  static void jump(Path directory, Duration offset) throws IOException {
    Path written = directory.resolve("clock-offset.new");
    Files.writeString(written, offset.toString());
    Files.move(
        written, directory.resolve("clock-offset"), java.nio.file.StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public Instant instant() {
    try {
      return Instant.now().plus(Duration.parse(Files.readString(offset)));
    } catch (NoSuchFileException e) {
      return Instant.now();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  @Override
  public Clock withZone(ZoneId zone) {
    return this;
  }
}
