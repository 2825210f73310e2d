package io.tributary.client.process;

/**
 * What a trainer's process may use; {@code limits} of a trainer in the site's file.
 *
 * @param startMillis until its greeting, and until its answer to a plan; default 30 seconds
 * @param taskMillis one training or one evaluation; default 1 hour
 * @param silenceMillis without a word during a task; default 1 minute
 * @param cancelMillis from the word that a task is cancelled to its answer; default 2 seconds
 * @param memoryBytes of its own (not shared with files) that it and all that it starts may hold;
 *     default 4 GiB; enforced on Linux only, see {@link MemoryBound}
 */
public record ProcessLimits(
    Long startMillis, Long taskMillis, Long silenceMillis, Long cancelMillis, Long memoryBytes) {
  /** 30 seconds, 1 hour, 1 minute, 2 seconds, 4 GiB. */
  public static final ProcessLimits DEFAULT = new ProcessLimits(null, null, null, null, null);

  private static final long LONGEST_MILLIS = 30L * 24 * 60 * 60 * 1_000;
  // The agent's thread waits for a plan.
  private static final long LONGEST_START_MILLIS = 10 * 60 * 1_000;
  private static final long LEAST_MEMORY = 16L << 20;
  private static final long MOST_MEMORY = 1L << 50;

  /** Fills defaults and checks every bound. */
  public ProcessLimits {
    startMillis = startMillis == null ? 30_000L : startMillis;
    require("start-millis", startMillis, 1, LONGEST_START_MILLIS);
    taskMillis = taskMillis == null ? 3_600_000L : taskMillis;
    require("task-millis", taskMillis, 1, LONGEST_MILLIS);
    silenceMillis = silenceMillis == null ? 60_000L : silenceMillis;
    require("silence-millis", silenceMillis, 1, LONGEST_MILLIS);
    cancelMillis = cancelMillis == null ? 2_000L : cancelMillis;
    require("cancel-millis", cancelMillis, 1, LONGEST_START_MILLIS);
    memoryBytes = memoryBytes == null ? 4L << 30 : memoryBytes;
    require("memory-bytes", memoryBytes, LEAST_MEMORY, MOST_MEMORY);
  }

  private static void require(String key, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "limits." + key + " is " + value + " but must be " + least + " to " + most);
    }
  }
}
