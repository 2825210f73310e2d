package io.tributary.client.process;

import io.tributary.common.config.ConfigReader;
import io.tributary.common.config.UserErrorException;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * What a trainer's process says to the site: one line of JSON with exactly one of these keys, as
 * docs/protocol.md has it. What stands in a message that exists is within bounds; whether it fits
 * the task is {@link ProcessTrainer}'s to check.
 *
 * @param hello its first line
 * @param planned what a job means on its data
 * @param progress how far the task at hand is
 * @param trained the update file is written
 * @param evaluated a judgement
 * @param refused it will not do what it was asked
 * @param cancelled it has left the task at hand
 */
record ChildMessage(
    Hello hello,
    Planned planned,
    Progress progress,
    Trained trained,
    Evaluated evaluated,
    Refused refused,
    Cancelled cancelled) {
  /** Longest line that is read, without its end. */
  static final int MAX_BYTES = 64 << 10;

  private static final long MOST = 1L << 53; // whole numbers that every language's JSON can hold
  private static final int MAX_SOFTWARE = 100;
  private static final int MAX_REASON = 300;
  private static final int MAX_METRICS = 64;

  /** Checks that one thing is said. */
  ChildMessage {
    long said =
        Stream.of(hello, planned, progress, trained, evaluated, refused, cancelled)
            .filter(Objects::nonNull)
            .count();
    if (said != 1) {
      throw new IllegalArgumentException("a message has " + said + " keys but must have 1");
    }
  }

  /**
   * A greeting.
   *
   * @param version of the protocol
   * @param software what it is, for the log
   */
  record Hello(Integer version, String software) {
    Hello {
      require("hello.version", version == null ? null : version.longValue(), 1);
      software = software == null ? "unnamed" : text("hello.software", software, MAX_SOFTWARE);
    }
  }

  /**
   * What a job means.
   *
   * @param examples to train on
   * @param steps of one training
   * @param heldOut examples that a judgement is made on
   */
  record Planned(Long examples, Long steps, Long heldOut) {
    Planned {
      require("planned.examples", examples, 1);
      require("planned.steps", steps, 1);
      require("planned.held-out", heldOut, 1);
    }
  }

  /**
   * So many of so many.
   *
   * @param done steps or held-out examples
   * @param total of them
   */
  record Progress(Long done, Long total) {
    Progress {
      require("progress.total", total, 1);
      require("progress.done", done, 0);
      if (done > total) {
        throw new IllegalArgumentException("progress is " + done + " of " + total);
      }
    }
  }

  /**
   * A training's end.
   *
   * @param examples that were trained on
   * @param metrics by name
   */
  record Trained(Long examples, Map<String, Double> metrics) {
    Trained {
      require("trained.examples", examples, 1);
      metrics = metrics == null ? Map.of() : metrics;
      if (metrics.size() > MAX_METRICS || metrics.values().stream().anyMatch(Objects::isNull)) {
        throw new IllegalArgumentException(
            "trained.metrics must be at most " + MAX_METRICS + " numbers by name");
      }
      metrics = Map.copyOf(metrics);
    }
  }

  /**
   * A judgement's end.
   *
   * @param lossTotal sum of the losses of all held-out examples
   * @param examples how many they are
   */
  record Evaluated(Double lossTotal, Long examples) {
    Evaluated {
      if (lossTotal == null || !Double.isFinite(lossTotal)) {
        throw new IllegalArgumentException(
            "evaluated.loss-total is " + lossTotal + " but must be a number");
      }
      require("evaluated.examples", examples, 1);
    }
  }

  /**
   * A refusal.
   *
   * @param reason travels to the coordinator
   */
  record Refused(String reason) {
    Refused {
      if (reason == null || reason.isBlank()) {
        throw new IllegalArgumentException("refused.reason is missing");
      }
      reason = text("refused.reason", reason, MAX_REASON);
    }
  }

  /** An empty group of keys. */
  record Cancelled() {}

  /**
   * Reads a line.
   *
   * @throws BrokenProtocolException if it is not a message
   */
  static ChildMessage read(byte[] line) throws BrokenProtocolException {
    try {
      return ConfigReader.readJson(line, ChildMessage.class, "the trainer's line");
    } catch (UserErrorException e) {
      throw new BrokenProtocolException(e.getMessage(), e);
    }
  }

  private static void require(String key, Long value, long least) {
    if (value == null || value < least || value > MOST) {
      throw new IllegalArgumentException(
          key + " is " + value + " but must be " + least + " to " + MOST);
    }
  }

  /** One line that is fit for a log and for a stranger. */
  private static String text(String key, String value, int longest) {
    if (value.length() > longest) {
      throw new IllegalArgumentException(
          key + " has " + value.length() + " characters but at most " + longest + " are read");
    }
    return PrintableText.of(value);
  }
}
