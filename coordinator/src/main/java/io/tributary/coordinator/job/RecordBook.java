package io.tributary.coordinator.job;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.tributary.common.store.CrashMoment;
import io.tributary.common.tls.SiteName;
import io.tributary.coordinator.ledger.UploadRow;
import io.tributary.coordinator.round.EvaluationState;
import io.tributary.coordinator.round.RoundEffect;
import io.tributary.coordinator.round.SiteState;
import io.tributary.coordinator.round.SiteTask;
import io.tributary.coordinator.round.UpdateReceipt;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the job's history: measures each attempt from its start, and appends one {@link
 * RoundRecord} when it has ended. After a restart it knows what the ledger kept of it; what is
 * measured (time, bytes) is measured from the restart. Confined to the owner's thread.
 */
final class RecordBook {
  private static final Logger LOG = LoggerFactory.getLogger(RecordBook.class);
  private static final double MILLIS_PER_SECOND = 1000;
  private static final ObjectMapper JSON =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  /** Under which the initial weights are evaluated and recorded. */
  static final int INITIAL_ATTEMPT = 1;

  private record Key(int round, int attempt) {}

  private final JobContext context;
  private final Deque<RoundRecord> recent = new ArrayDeque<>();
  private final List<Double> overheads = new ArrayList<>();
  private final Set<Key> recorded = new HashSet<>();

  private Instant startedAt = Instant.EPOCH;
  private long startedMillis;
  private long busyAtStart;
  private long upAtStart;
  private long downAtStart;

  private Double initialLoss;
  private Double latestLoss;

  RecordBook(JobContext context) {
    this.context = context;
  }

  /** A round, its next attempt or the first evaluation starts. */
  void start() {
    startedAt = context.wallClock().instant();
    startedMillis = context.now();
    busyAtStart = context.activity().busyMillis(startedMillis);
    upAtStart = context.gateway().bytesUp();
    downAtStart = context.gateway().bytesDown();
  }

  /** Takes up what the ledger kept of an earlier life of the run. */
  void restore() {
    for (String json : context.ledger().records(context.runId())) {
      try {
        remember(JSON.readValue(json, RoundRecord.class));
      } catch (JsonProcessingException e) {
        LOG.warn(
            "run={} a kept record cannot be read: {}", context.runId(), e.getOriginalMessage());
      }
    }
  }

  /** Whether the attempt has its record. */
  boolean has(int round, int attempt) {
    return recorded.contains(new Key(round, attempt));
  }

  /** The initial weights were evaluated. */
  void initial(String modelDigest, EvaluationState.Finished evaluation) {
    RoundRecord.HeldOut heldOut = heldOut(evaluation);
    append(
        0,
        INITIAL_ATTEMPT,
        "initial",
        heldOut.reason(),
        List.of(),
        modelDigest,
        modelDigest,
        heldOut);
  }

  /** An attempt was aborted; the next one is measured from here. */
  void aborted(int round, String baseDigest, RoundEffect.RecordAttempt attempt) {
    append(
        round,
        attempt.attempt(),
        "aborted",
        attempt.reason(),
        sites(round, attempt),
        baseDigest,
        null,
        null);
    start();
  }

  /** A round was committed and its model evaluated. */
  void committed(
      int round,
      String baseDigest,
      RoundEffect.RecordAttempt attempt,
      EvaluationState.Finished evaluation) {
    append(
        round,
        attempt.attempt(),
        "committed",
        attempt.reason(),
        sites(round, attempt),
        baseDigest,
        attempt.modelDigest().orElseThrow(),
        heldOut(evaluation));
  }

  List<RoundRecord> recent() {
    return List.copyOf(recent);
  }

  Double initialLoss() {
    return initialLoss;
  }

  Double latestLoss() {
    return latestLoss;
  }

  /** Median over committed rounds, or null if there is none. */
  Double overheadSecondsMedian() {
    if (overheads.isEmpty()) {
      return null;
    }
    List<Double> sorted = new ArrayList<>(overheads);
    Collections.sort(sorted);
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  private void append(
      int round,
      int attempt,
      String outcome,
      String reason,
      List<RoundRecord.Site> sites,
      String baseDigest,
      String modelDigest,
      RoundRecord.HeldOut heldOut) {
    if (has(round, attempt)) {
      return;
    }
    long now = context.now();
    long wallMillis = now - startedMillis;
    long busyMillis = context.activity().busyMillis(now) - busyAtStart;
    RoundRecord record =
        new RoundRecord(
            context.run().name(),
            round,
            attempt,
            outcome,
            reason,
            startedAt.toString(),
            sites.stream().map(RoundRecord.Site::site).toList(),
            sites,
            baseDigest,
            modelDigest,
            heldOut,
            context.gateway().bytesUp() - upAtStart,
            context.gateway().bytesDown() - downAtStart,
            wallMillis / MILLIS_PER_SECOND,
            (wallMillis - busyMillis) / MILLIS_PER_SECOND);
    remember(record);
    try { // durable before the next attempt opens: afterwards the ledger cannot rebuild it
      context.ledger().addRecord(context.runId(), round, attempt, JSON.writeValueAsString(record));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("cannot write a record as JSON", e);
    }
    context.crash().reached(CrashMoment.ROUND_RECORDED);
    context.journal().append(record);
  }

  private void remember(RoundRecord record) {
    recorded.add(new Key(record.round(), record.attempt()));
    if (recent.size() == JobStatus.MAX_HISTORY) {
      recent.removeFirst();
    }
    recent.addLast(record);
    if (record.heldOut() != null && record.heldOut().natsPerByte() != null) {
      latestLoss = record.heldOut().natsPerByte();
      if (record.round() == 0) {
        initialLoss = latestLoss;
      }
    }
    if (record.outcome().equals("committed")) {
      overheads.add(record.overheadSeconds());
    }
  }

  private List<RoundRecord.Site> sites(int round, RoundEffect.RecordAttempt attempt) {
    List<UploadRow> uploads = context.ledger().uploads(context.runId(), round);
    List<RoundRecord.Site> sites = new ArrayList<>();
    attempt
        .tasks()
        .forEach(
            (name, task) -> {
              UpdateReceipt receipt = receipt(task);
              sites.add(
                  new RoundRecord.Site(
                      name.value(),
                      task.state().label(),
                      reason(task.state()),
                      task.attempt(),
                      task.rejoins(),
                      receipt == null ? null : receipt.weight(),
                      receipt == null ? null : receipt.updateDigest(),
                      receipt == null ? null : metrics(name, task, uploads)));
            });
    return sites;
  }

  private static Map<String, Double> metrics(
      SiteName site, SiteTask task, List<UploadRow> uploads) {
    return AttemptRows.upload(site, task.attempt(), uploads)
        .map(upload -> (Map<String, Double>) new TreeMap<>(upload.metrics()))
        .orElse(null);
  }

  private static UpdateReceipt receipt(SiteTask task) {
    if (task.state() instanceof SiteState.Folded folded) {
      return folded.receipt();
    }
    return task.state() instanceof SiteState.Durable durable ? durable.receipt() : null;
  }

  private static String reason(SiteState state) {
    return state.reason().isEmpty() ? null : state.reason();
  }

  private static RoundRecord.HeldOut heldOut(EvaluationState.Finished evaluation) {
    double nats = 0;
    long bytes = 0;
    List<RoundRecord.SiteLoss> sites = new ArrayList<>();
    for (Map.Entry<SiteName, SiteTask> entry : evaluation.tasks().entrySet()) {
      SiteState state = entry.getValue().state();
      Double natsPerByte = null;
      Long byteCount = null;
      if (state instanceof SiteState.Reported reported) { // in the order of names: fixed sums
        nats += reported.loss().natsTotal();
        bytes += reported.loss().byteCount();
        natsPerByte = reported.loss().natsPerByte();
        byteCount = reported.loss().byteCount();
      }
      sites.add(
          new RoundRecord.SiteLoss(
              entry.getKey().value(), state.label(), reason(state), natsPerByte, byteCount));
    }
    return new RoundRecord.HeldOut(
        bytes == 0 ? null : nats / bytes, nats, bytes, evaluation.reason(), sites);
  }
}
