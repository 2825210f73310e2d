package io.tributary.cli.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A trainer's process that takes exactly so long over a task and does nothing else: it reads all
 * parameters, waits, and writes an update, so that whatever a task takes longer is the protocol.
 */
public final class TrainerBenchmarkChild {
  private static final PrintStream OUT = System.out;

  private final long taskMillis;
  private final ByteBuffer values;
  private Path parameters;
  private Path update;

  private TrainerBenchmarkChild(long taskMillis, int parameterCount) {
    this.taskMillis = taskMillis;
    this.values =
        ByteBuffer.allocateDirect(parameterCount * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Milliseconds of a task, and the number of parameters. */
  public static void main(String[] arguments) throws IOException {
    new TrainerBenchmarkChild(Long.parseLong(arguments[0]), Integer.parseInt(arguments[1])).run();
  }

  private void run() throws IOException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      if (line.startsWith("{\"hello\"")) {
        parameters = Path.of(text(line, "parameters"));
        update = Path.of(text(line, "update"));
        say("{\"hello\":{\"version\":1,\"software\":\"benchmark\"}}");
      } else if (line.startsWith("{\"plan\"")) {
        say("{\"planned\":{\"examples\":1,\"steps\":1,\"held-out\":1}}");
      } else if (line.startsWith("{\"train\"")) {
        train();
        say("{\"trained\":{\"examples\":1}}");
      } else if (line.startsWith("{\"bye\"")) {
        return;
      }
    }
  }

  private void train() throws IOException {
    try (FileChannel channel = FileChannel.open(parameters, StandardOpenOption.READ)) {
      values.clear();
      while (values.hasRemaining() && channel.read(values) >= 0) {}
    }
    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(taskMillis);
    for (long left = taskMillis; left > 0; ) {
      LockSupport.parkNanos(until - System.nanoTime());
      left = until - System.nanoTime();
    }
    try (FileChannel channel = FileChannel.open(update, StandardOpenOption.WRITE)) {
      values.clear();
      while (values.hasRemaining()) {
        channel.write(values);
      }
    }
  }

  private static void say(String line) {
    OUT.println(line);
    OUT.flush();
  }

  private static String text(String line, String key) {
    Matcher matcher = Pattern.compile("\"" + key + "\":\"([^\"]*)\"").matcher(line);
    if (!matcher.find()) {
      throw new IllegalArgumentException(key + " is not in " + line);
    }
    return matcher.group(1);
  }
}
