package io.tributary.coordinator.job;

import com.google.protobuf.ByteString;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.Digest;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.OutcomeCode;
import io.tributary.common.wire.v1.TaskOutcome;
import io.tributary.coordinator.ledger.Ledger;
import io.tributary.coordinator.ledger.UploadRow;
import io.tributary.coordinator.round.UpdateReceipt;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What each site was told about its tasks, so that it hears the same again when it asks again, and
 * hears it at all when it was away. What became of an update stands in the ledger and is read there
 * every time; only the rest is kept in memory. Confined to the owner's thread.
 */
final class OutcomeLog {
  /** Most answers kept; a site that asks for an older one is told that it is late. */
  static final int MAX_ANSWERS = 8192;

  /** Longest reason that is sent or recorded. */
  static final int MAX_REASON_CHARACTERS = 500;

  /** C1 controls and bidirectional marks steer a terminal as well as ASCII's controls do. */
  private static final Pattern CONTROLS = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]+");

  private final SiteGateway gateway;
  private final Ledger ledger;
  private final String runId;
  private final Map<Key, TaskOutcome> answers = bounded();
  private final Map<SiteName, TaskOutcome> undelivered = bounded();
  private final Map<SiteName, TaskId> lastTold = bounded(); // on the site's connection

  private record Key(SiteName site, TaskId task) {}

  OutcomeLog(SiteGateway gateway, Ledger ledger, String runId) {
    this.gateway = gateway;
    this.ledger = ledger;
    this.runId = runId;
  }

  /** Tells the site, now or when it comes back. */
  void conclude(SiteName site, TaskId task, TaskOutcome outcome) {
    if (!outcome.hasReceipt()) {
      answers.put(new Key(site, task), outcome);
    }
    gateway.stopModel(site);
    if (send(site, task, outcome)) {
      undelivered.remove(site);
    } else {
      undelivered.put(site, outcome);
    }
  }

  /** Answers a message about a task that is not open any more. */
  void answerAgain(SiteName site, TaskId task) {
    TaskOutcome answer =
        ofUpload(site, task)
            .or(() -> Optional.ofNullable(answers.get(new Key(site, task))))
            .orElseGet(
                () ->
                    outcome(task, OutcomeCode.OUTCOME_CODE_LATE)
                        .setReason("this task is not open: wait for the next offer")
                        .build());
    boolean unusedSent = send(site, task, answer);
  }

  /**
   * The same for a message that its site sends without waiting for an answer, such as progress: one
   * answer on a connection is enough for all of them.
   */
  void answerOnce(SiteName site, TaskId task) {
    if (!task.equals(lastTold.get(site))) {
      answerAgain(site, task);
    }
  }

  private Optional<TaskOutcome> ofUpload(SiteName site, TaskId task) {
    if (task.kind() != TaskId.Kind.TRAIN || !task.runId().equals(runId)) {
      return Optional.empty();
    }
    return ledger
        .upload(runId, task.round(), site)
        .filter(upload -> upload.attempt() == task.attempt())
        .map(
            upload ->
                switch (upload.state()) {
                  case COMMITTED, FOLDED -> accepted(task, AttemptRows.receipt(upload)).build();
                  case LATE -> ended(task, OutcomeCode.OUTCOME_CODE_LATE, upload);
                  case DISCARDED -> ended(task, OutcomeCode.OUTCOME_CODE_WITHDRAWN, upload);
                });
  }

  private static TaskOutcome ended(TaskId task, OutcomeCode code, UploadRow upload) {
    return outcome(task, code).setReason(oneLine(upload.reason())).build();
  }

  private static TaskOutcome.Builder outcome(TaskId task, OutcomeCode code) {
    return TaskOutcome.newBuilder().setKey(task.toProto()).setCode(code);
  }

  /** The answer to a durable update: the same bytes every time. */
  static TaskOutcome.Builder accepted(TaskId task, UpdateReceipt receipt) {
    return outcome(task, OutcomeCode.OUTCOME_CODE_ACCEPTED)
        .setUpdateDigest(ByteString.copyFrom(Digest.fromHex(receipt.updateDigest()).bytes()))
        .setWeight(receipt.weight())
        .setReceipt(receipt.statement());
  }

  /** A new connection: what was told on an older one may not have arrived. */
  void connected(SiteName site) {
    lastTold.remove(site);
  }

  /** The site is back: it hears what it missed, unless it has been told since. */
  void deliverMissed(SiteName site) {
    TaskOutcome missed = undelivered.remove(site);
    if (missed != null) {
      boolean unusedSent = send(site, TaskId.fromProto(missed.getKey()), missed);
    }
  }

  private boolean send(SiteName site, TaskId task, TaskOutcome outcome) {
    boolean sent = gateway.send(site, Envelope.newBuilder().setTaskOutcome(outcome).build());
    if (sent) {
      lastTold.put(site, task);
    }
    return sent;
  }

  /** One line, bounded: it may hold a peer's words. */
  static String oneLine(String reason) {
    String line = CONTROLS.matcher(reason).replaceAll(" ");
    return line.length() <= MAX_REASON_CHARACTERS
        ? line
        : line.substring(0, MAX_REASON_CHARACTERS) + "…";
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
