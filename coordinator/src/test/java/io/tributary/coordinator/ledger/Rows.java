package io.tributary.coordinator.ledger;

import com.google.protobuf.ByteString;
import io.tributary.common.job.JobSpec;
import io.tributary.common.job.LocalTraining;
import io.tributary.common.job.ModelSpec;
import io.tributary.common.job.RoundRules;
import io.tributary.common.job.UpdateRules;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.v1.SignedStatement;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Small rows, and the usual steps of a run. */
final class Rows {
  static final String RUN = "words.0a1b2c3d";
  static final SiteName NORTH = new SiteName("north");
  static final SiteName SOUTH = new SiteName("south");
  static final SiteName WEST = new SiteName("west");

  private Rows() {}

  static RunRow run(String name) {
    return new RunRow(
        name + ".0a1b2c3d",
        name,
        new JobSpec(
            name,
            3L,
            2,
            null,
            new ModelSpec(null, 256, 4, 1, 2, 8, 4),
            null,
            new LocalTraining(null, 0.1, null, null, null, null, 4, 1, null),
            new RoundRules(2, 1.0, 1, null, null, null, null, null),
            new UpdateRules(2.0, 1_000L, null)),
        RunState.QUEUED,
        "",
        ByteString.copyFromUtf8("a secret of thirty-two bytes ..." + name),
        Instant.parse("2026-05-04T03:02:01.123456789Z"));
  }

  static SignedStatement statement(String body) {
    return SignedStatement.newBuilder()
        .setBody(ByteString.copyFromUtf8(body))
        .setSignature(ByteString.copyFromUtf8("signature of " + body))
        .setCertificate(ByteString.copyFromUtf8("certificate"))
        .build();
  }

  static ModelRow model(int round) {
    return new ModelRow(
        round, digest(round), round == 2 ? Optional.of("optimizer-2") : Optional.empty());
  }

  static String digest(int round) {
    return "digest-of-model-" + round;
  }

  static TaskRow working(SiteName site, int attempt) {
    return new TaskRow(site, attempt, TaskRow.WORKING, "", 0);
  }

  static List<TaskRow> working(int attempt, SiteName... sites) {
    return Stream.of(sites).map(site -> working(site, attempt)).toList();
  }

  static UploadRow upload(int round, int attempt, SiteName site, String digest) {
    return new UploadRow(
        RUN,
        round,
        site,
        attempt,
        digest,
        90_000_000_000L,
        262_144,
        1_234_567_890_123L,
        Map.of("training-loss-nats-per-token", 0.1 + 0.2, "tiny", Double.MIN_VALUE),
        UploadRow.State.COMMITTED,
        "",
        statement("receipt of " + site + " for " + digest));
  }

  /** A running run with its initial model. */
  static void begin(Ledger ledger) {
    ledger.addRun(run("words"));
    ledger.setRunState(RUN, RunState.RUNNING, "");
    ledger.publishInitial(RUN, model(0), statement("entry 0"));
  }

  /** Round 1's first attempt, asked of all three sites. */
  static void beginRound(Ledger ledger) {
    begin(ledger);
    ledger.openAttempt(RUN, 1, 1, digest(0), working(1, NORTH, SOUTH, WEST));
  }

  /** A whole round of north and south. */
  static void playRound(Ledger ledger, int round) {
    ledger.openAttempt(RUN, round, 1, digest(round - 1), working(1, NORTH, SOUTH));
    ledger.commitUpload(upload(round, 1, SOUTH, "u" + round + "s"));
    ledger.commitUpload(upload(round, 1, NORTH, "u" + round + "n"));
    ledger.recordElapsed(RUN, round, 1, 1_500);
    ledger.closeAttempt(RUN, round, 1, "all are in", Set.of(NORTH, SOUTH), durable(NORTH, SOUTH));
    ledger.publish(publication(round, 1));
    ledger.addRecord(RUN, round, 1, "{\"round\":" + round + "}");
  }

  static List<TaskRow> durable(SiteName... sites) {
    return Stream.of(sites).map(site -> new TaskRow(site, 1, "durable", "", 2)).toList();
  }

  static Publication publication(int round, int attempt) {
    return new Publication(RUN, round, attempt, model(round), statement("entry " + round));
  }

  /** Everything that a ledger answers, for comparison. */
  static List<Object> everything(Ledger ledger, int rounds, SiteName... sites) {
    Stream.Builder<Object> all = Stream.builder();
    Set<RunState> some = Set.of(RunState.QUEUED, RunState.STOPPED);
    all.add(
        List.of(
            ledger.runs(),
            ledger.runs(RunState.ALL, Integer.MAX_VALUE),
            ledger.runs(some, 1),
            ledger.runs(some, -1),
            ledger.countRuns(some)));
    for (RunRow run : ledger.runs()) {
      String id = run.runId();
      all.add(ledger.run(id))
          .add(ledger.runNamed(run.name()))
          .add(ledger.head(id))
          .add(ledger.models(id));
      all.add(ledger.records(id)).add(ledger.log(id, 0, 1_000)).add(ledger.log(id, 1, 1));
      for (int round = 0; round <= rounds; round++) {
        all.add(ledger.attempt(id, round)).add(ledger.uploads(id, round));
        all.add(ledger.uploads(id, round, 1)).add(ledger.uploads(id, round, -1));
        for (SiteName site : sites) {
          all.add(ledger.upload(id, round, site));
        }
      }
    }
    return all.build().toList();
  }
}
