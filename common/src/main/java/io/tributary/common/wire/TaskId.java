package io.tributary.common.wire;

import io.tributary.common.wire.v1.TaskKey;
import io.tributary.common.wire.v1.TaskKind;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * Names one task of one site: everything that is sent for it carries this name, so that a site that
 * comes back resumes the very task it owes. The site itself is the connection's certificate
 * identity.
 *
 * @param runId the federation's run; grammar {@code [a-z0-9][a-z0-9._-]{0,71}}, safe as a file
 *     name: a job's name of at most 63 characters, a dot and eight hexadecimal digits
 * @param round from 0 (the evaluation of the initial weights)
 * @param attempt from 1
 * @param kind what the site is asked to do
 */
public record TaskId(String runId, int round, int attempt, Kind kind) {
  private static final Pattern RUN_ID = Pattern.compile("[a-z0-9][a-z0-9._-]{0,71}");

  /** What a site is asked to do. */
  public enum Kind {
    /** Train on the site's own text and upload the update. */
    TRAIN(TaskKind.TASK_KIND_TRAIN),
    /** Evaluate on the site's held-out text and report the loss. */
    EVALUATE(TaskKind.TASK_KIND_EVALUATE);

    private final TaskKind proto;

    Kind(TaskKind proto) {
      this.proto = proto;
    }
  }

  /**
   * Checks the grammar and the ranges.
   *
   * @throws IllegalArgumentException naming the part that is wrong
   */
  public TaskId {
    Objects.requireNonNull(kind, "kind");
    if (!isRunId(runId)) {
      throw new IllegalArgumentException("run id does not match " + RUN_ID.pattern());
    }
    if (round < 0) {
      throw new IllegalArgumentException("round is " + round + " but must be at least 0");
    }
    if (attempt < 1) {
      throw new IllegalArgumentException("attempt is " + attempt + " but must be at least 1");
    }
  }

  /** Tells whether a text may name a run. */
  public static boolean isRunId(String text) {
    return RUN_ID.matcher(text).matches();
  }

  /**
   * Reads the name that a peer sent.
   *
   * @throws ProtocolException when it breaks the grammar or the ranges
   */
  public static TaskId fromProto(TaskKey key) {
    try {
      return new TaskId(key.getRunId(), key.getRound(), key.getAttempt(), kindOf(key.getKind()));
    } catch (IllegalArgumentException e) {
      throw new ProtocolException("task key: " + e.getMessage(), e);
    }
  }

  private static Kind kindOf(TaskKind proto) {
    for (Kind kind : Kind.values()) {
      if (kind.proto == proto) {
        return kind;
      }
    }
    throw new IllegalArgumentException("kind is neither TRAIN nor EVALUATE");
  }

  /** Returns the wire form. */
  public TaskKey toProto() {
    return TaskKey.newBuilder()
        .setRunId(runId)
        .setRound(round)
        .setAttempt(attempt)
        .setKind(kind.proto)
        .build();
  }

  /** Returns for example {@code shakespeare/r3.a1/train}: for log lines. */
  @Override
  public String toString() {
    return "%s/r%d.a%d/%s".formatted(runId, round, attempt, kind.name().toLowerCase(Locale.ROOT));
  }
}
