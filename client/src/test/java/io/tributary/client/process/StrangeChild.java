package io.tributary.client.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A trainer's process for tests, good or bad by its argument: {@code good} adds 0.25 to every
 * parameter that may be trained; what the others do wrong is their name.
 */
final class StrangeChild {
  private static final PrintStream OUT = System.out;
  private static final int EXIT_CODE = 7;

  private final String kind;
  private final List<byte[]> hoard = new ArrayList<>();
  private Path update;
  private int updateCount;

  private StrangeChild(String kind) {
    this.kind = kind;
  }

  public static void main(String[] arguments) throws Exception {
    System.err.println("a " + arguments[0] + " child");
    new StrangeChild(arguments[0]).run();
  }

  private void run() throws IOException, InterruptedException {
    if (kind.equals("exits-at-start")) {
      System.err.println("no such module: numbers");
      System.exit(EXIT_CODE);
    } else if (kind.equals("hangs-at-start") || kind.equals("reads-nothing")) {
      hang();
    }
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      if (line.startsWith("{\"hello\"")) {
        update = Path.of(text(line, "update"));
        say("{\"hello\":{\"version\":" + (kind.equals("future") ? 2 : 1) + "}}");
        if (kind.equals("talkative")) {
          say("{\"planned\":{\"examples\":10,\"steps\":5,\"held-out\":3}}");
          say("{\"planned\":{\"examples\":10,\"steps\":5,\"held-out\":3}}");
        }
      } else if (line.startsWith("{\"plan\"")) {
        updateCount = Integer.parseInt(number(line, "update-count"));
        say(
            kind.equals("unwilling")
                ? "{\"refused\":{\"reason\":\"there is no column named age\"}}"
                : "{\"planned\":{\"examples\":10,\"steps\":5,\"held-out\":3}}");
      } else if (line.startsWith("{\"train\"")) {
        train();
      } else if (line.startsWith("{\"evaluate\"")) {
        say("{\"evaluated\":{\"loss-total\":4.5,\"examples\":3}}");
      } else if (line.startsWith("{\"cancel\"")) {
        say("{\"cancelled\":{}}");
      } else if (line.startsWith("{\"bye\"")) {
        return;
      }
    }
  }

  private void train() throws IOException, InterruptedException {
    switch (kind) {
      case "hangs" -> hang();
      case "patient" -> {} // until it is cancelled
      case "dies" -> {
        System.err.println("row 17: secret");
        System.exit(EXIT_CODE);
      }
      case "floods" -> {
        while (!OUT.checkError()) {
          OUT.println("{\"progress\":{\"done\":1,\"total\":5}}");
        }
      }
      case "busy" -> {
        while (!OUT.checkError()) {
          say("{\"progress\":{\"done\":1,\"total\":5}}");
          Thread.sleep(20); // a child that always says it is not done yet
        }
      }
      case "long-line" -> say("x".repeat(1 << 20));
      case "garbage" -> say("\u0001\u0002 Traceback (most recent call last):");
      case "unknown-word" -> say("{\"finished\":{}}");
      case "two-words" -> say("{\"cancelled\":{},\"trained\":{\"examples\":10}}");
      case "NaN-metric" -> say("{\"trained\":{\"examples\":10,\"metrics\":{\"loss\":NaN}}}");
      case "wrong-count" -> finish(updateCount, 0.25f, 11);
      case "wrong-size" -> finish(updateCount - 1, 0.25f, 10);
      case "not-a-number" -> finish(updateCount, Float.NaN, 10);
      case "writes-nothing" -> say("{\"trained\":{\"examples\":10}}");
      case "hoards" -> {
        while (true) {
          byte[] piece = new byte[8 << 20];
          java.util.Arrays.fill(piece, (byte) hoard.size());
          hoard.add(piece);
          say("{\"progress\":{\"done\":1,\"total\":5}}");
        }
      }
      case "parent" -> {
        Process below = new ProcessBuilder("sleep", "1000").start();
        System.err.println("started " + below.pid());
        hang();
      }
      default -> {
        say("{\"progress\":{\"done\":5,\"total\":5}}");
        finish(updateCount, 0.25f, 10);
      }
    }
  }

  private void finish(int count, float value, int examples) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(count * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      bytes.putFloat(value);
    }
    Files.write(update, bytes.array());
    say("{\"trained\":{\"examples\":" + examples + ",\"metrics\":{\"training-loss\":1.5}}}");
  }

  private static void hang() throws InterruptedException {
    new CountDownLatch(1).await();
  }

  private static void say(String line) {
    OUT.println(line);
    OUT.flush();
  }

  private static String text(String line, String key) {
    return first(line, "\"" + key + "\":\"([^\"]*)\"");
  }

  private static String number(String line, String key) {
    return first(line, "\"" + key + "\":([0-9]+)");
  }

  private static String first(String line, String pattern) {
    Matcher matcher = Pattern.compile(pattern).matcher(line);
    if (!matcher.find()) {
      throw new IllegalArgumentException(pattern + " is not in " + line);
    }
    return matcher.group(1);
  }
}
