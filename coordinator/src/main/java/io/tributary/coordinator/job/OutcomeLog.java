package io.tributary.coordinator.job;

import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.OutcomeCode;
import io.tributary.common.wire.v1.TaskOutcome;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What each site was told about its tasks, so that it hears the same again when it asks again, and
 * hears it at all when it was away. Confined to the owner's thread.
 */
final class OutcomeLog {
  /** Most answers kept; a site that asks for an older one is told that it is late. */
  static final int MAX_ANSWERS = 8192;

  /** Longest reason that is sent or recorded. */
  static final int MAX_REASON_CHARACTERS = 500;

  private final SiteGateway gateway;
  private final Map<Key, TaskOutcome> answers = bounded();
  private final Map<SiteName, TaskOutcome> undelivered = bounded();

  private record Key(SiteName site, TaskId task) {}

  OutcomeLog(SiteGateway gateway) {
    this.gateway = gateway;
  }

  /** Tells the site, now or when it comes back. */
  void conclude(SiteName site, TaskId task, TaskOutcome outcome) {
    answers.put(new Key(site, task), outcome);
    gateway.stopModel(site);
    if (gateway.send(site, envelope(outcome))) {
      undelivered.remove(site);
    } else {
      undelivered.put(site, outcome);
    }
  }

  /** Answers a message about a task that is not open any more. */
  void answerAgain(SiteName site, TaskId task) {
    TaskOutcome known = answers.get(new Key(site, task));
    TaskOutcome answer =
        known != null
            ? known
            : TaskOutcome.newBuilder()
                .setKey(task.toProto())
                .setCode(OutcomeCode.OUTCOME_CODE_LATE)
                .setReason("this task is not open: wait for the next offer")
                .build();
    gateway.send(site, envelope(answer));
  }

  /** The site is back: it hears what it missed. */
  void deliverMissed(SiteName site) {
    TaskOutcome missed = undelivered.remove(site);
    if (missed != null) {
      gateway.send(site, envelope(missed));
    }
  }

  /** One line, bounded: it may hold a peer's words. */
  static String oneLine(String reason) {
    // C1 controls and bidirectional marks steer a terminal as well as ASCII's controls do.
    String line = reason.replaceAll("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]+", " ");
    return line.length() <= MAX_REASON_CHARACTERS
        ? line
        : line.substring(0, MAX_REASON_CHARACTERS) + "…";
  }

  private static Envelope envelope(TaskOutcome outcome) {
    return Envelope.newBuilder().setTaskOutcome(outcome).build();
  }

  private static <K, V> Map<K, V> bounded() {
    return new LinkedHashMap<>() {
      private static final long serialVersionUID = 1L;

      @Override
      protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > MAX_ANSWERS;
      }
    };
  }
}
