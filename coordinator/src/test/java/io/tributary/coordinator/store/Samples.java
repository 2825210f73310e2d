package io.tributary.coordinator.store;

import com.google.protobuf.ByteString;
import io.tributary.common.job.JobSpec;
import io.tributary.common.job.LocalTraining;
import io.tributary.common.job.ModelSpec;
import io.tributary.common.job.RoundRules;
import io.tributary.common.job.ServerRules;
import io.tributary.common.job.UpdateRules;
import io.tributary.common.notary.LogEntry;
import io.tributary.common.notary.Notary;
import io.tributary.common.notary.Receipt;
import io.tributary.common.notary.StatementBodies;
import io.tributary.common.store.CrashMoment;
import io.tributary.common.store.CrashPoint;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.Digest;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.v1.SignedStatement;
import io.tributary.coordinator.job.UploadStore;
import io.tributary.coordinator.ledger.Ledger;
import io.tributary.coordinator.ledger.MemoryLedger;
import io.tributary.coordinator.ledger.ModelRow;
import io.tributary.coordinator.ledger.Publication;
import io.tributary.coordinator.ledger.RunRow;
import io.tributary.coordinator.ledger.RunState;
import io.tributary.coordinator.ledger.TaskRow;
import io.tributary.coordinator.ledger.UploadRow;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** A small job and updates for it. */
final class Samples {
  static final JobSpec JOB =
      new JobSpec(
          "sample",
          3L,
          2,
          null,
          new ModelSpec(null, 256, 4, 1, 2, 8, 4),
          null,
          new LocalTraining(null, 0.1, null, null, null, null, 4, 1, null),
          new RoundRules(2, 1.0, 1, null, null, null, null, null),
          new UpdateRules(2.0, 1_000L, null));

  private Samples() {}

  static int values() {
    return JOB.model().config().layout().trainableCount();
  }

  static ByteBuffer update(float value) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values()).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < values(); i++) {
      bytes.putFloat(value);
    }
    return bytes.flip();
  }

  static byte[] content(ByteBuffer update) {
    byte[] bytes = new byte[update.limit()];
    update.duplicate().rewind().get(bytes);
    return bytes;
  }

  static final SiteName NORTH = new SiteName("north");
  static final SiteName SOUTH = new SiteName("south");
  static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);

  static final RunRow RUN =
      new RunRow(
          "sample.0badcafe",
          "sample",
          JOB,
          RunState.QUEUED,
          "",
          ByteString.copyFrom(new byte[32]),
          NOW);

  /** The same run with a server optimizer that keeps state. */
  static RunRow runWith(ServerRules.Optimizer optimizer) {
    ServerRules rules = new ServerRules(optimizer, 0.1, 0.05, null, null, null, null, null);
    return new RunRow(
        RUN.runId(),
        RUN.name(),
        JOB.withServer(rules),
        RUN.state(),
        RUN.reason(),
        RUN.pseudonymKey(),
        RUN.submittedAt());
  }

  static TaskId task(int round, int attempt) {
    return new TaskId(RUN.runId(), round, attempt, TaskId.Kind.TRAIN);
  }

  static Manifest manifest(ByteBuffer update) {
    return Manifest.of(update, 512);
  }

  static UploadStore.UploadFacts facts(ByteBuffer update, long weight) {
    return new UploadStore.UploadFacts(
        manifest(update), weight, Map.of(), Digest.sha256(new byte[] {1}).hex());
  }

  /** A ledger whose head is of a round, with weights that exist nowhere, ready for the next. */
  static MemoryLedger ledgerAtRound(int head) {
    MemoryLedger ledger = new MemoryLedger();
    boolean unusedAdded = ledger.addRun(RUN);
    ledger.publishInitial(RUN.runId(), model(0), SignedStatement.getDefaultInstance());
    for (int round = 1; round <= head; round++) {
      openAttempt(ledger, round, 1);
      publish(ledger, round, 1);
    }
    return ledger;
  }

  static ModelRow model(int round) {
    return new ModelRow(round, Digest.sha256(new byte[] {(byte) round}).hex(), Optional.empty());
  }

  static void openAttempt(Ledger ledger, int round, int attempt) {
    ledger.openAttempt(
        RUN.runId(),
        round,
        attempt,
        ledger.head(RUN.runId()).orElseThrow().digest(),
        List.of(
            new TaskRow(NORTH, attempt, TaskRow.WORKING, "", 0),
            new TaskRow(SOUTH, attempt, TaskRow.WORKING, "", 0)));
  }

  /** Closes and publishes with every committed update. */
  static void publish(Ledger ledger, int round, int attempt) {
    close(ledger, round, attempt);
    ledger.publish(
        new Publication(
            RUN.runId(), round, attempt, model(round), SignedStatement.getDefaultInstance()));
  }

  static void close(Ledger ledger, int round, int attempt) {
    Set<SiteName> contributors =
        ledger.uploads(RUN.runId(), round).stream()
            .filter(row -> row.state() == UploadRow.State.COMMITTED)
            .map(UploadRow::site)
            .collect(Collectors.toSet());
    ledger.closeAttempt(RUN.runId(), round, attempt, "quorum", contributors, List.of());
  }

  /** Says what it signs, without a signature, and counts: the same statement never comes twice. */
  static final class CountingNotary implements Notary {
    private int signed;

    @Override
    public SignedStatement sign(Receipt receipt) {
      return statement(StatementBodies.encode(receipt));
    }

    @Override
    public SignedStatement sign(LogEntry entry) {
      return statement(StatementBodies.encode(entry));
    }

    private SignedStatement statement(ByteString body) {
      return SignedStatement.newBuilder()
          .setBody(body)
          .setSignature(ByteString.copyFromUtf8("signature " + ++signed))
          .build();
    }
  }

  /** Ends the work at one moment, as a kill would. */
  static final class DiesAt implements CrashPoint {
    private final CrashMoment at;
    private boolean dead;

    DiesAt(CrashMoment at) {
      this.at = at;
    }

    @Override
    public void reached(CrashMoment moment) {
      if (moment == at) {
        dead = true;
        throw new IllegalStateException("killed at " + moment);
      }
    }

    boolean isDead() {
      return dead;
    }
  }
}
