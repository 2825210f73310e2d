package io.tributary.coordinator.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.tributary.common.job.JobSpec;
import io.tributary.common.store.CrashMoment;
import io.tributary.common.wire.Digest;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.v1.LogEntryBody;
import io.tributary.common.wire.v1.SignedStatement;
import io.tributary.common.wire.v1.TaskOffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run that an older version began, whose job names no rule, goes on under this one. */
class OlderRunTest {
  /** {@link World#job} of two rounds as it was written before jobs had rules of aggregation. */
  private static final String OLDER =
      "{\"data\":{\"held-out-share\":0.1},\"local\":{\"batch-size\":4,\"epochs\":1,"
          + "\"final-learning-rate\":0.1,\"gradient-clipping-norm\":1.0,\"learning-rate\":0.1,"
          + "\"learning-rate-schedule\":\"cosine\",\"optimizer\":\"adamw\",\"weight-decay\":0.01},"
          + "\"model\":{\"context-length\":4,\"feed-forward-width\":8,\"heads\":2,\"layers\":1,"
          + "\"vocabulary-size\":256,\"width\":4},\"name\":\"test-job\",\"round\":{\"cohort\":1,"
          + "\"deadline-millis\":10000,\"evaluation-deadline-millis\":5000,\"max-attempts\":1,"
          + "\"over-selection\":1.0,\"quorum\":1,\"rejoin-grace-millis\":1000,"
          + "\"start-wait-millis\":3000},\"rounds\":2,\"seed\":7,\"task\":\"language-model\","
          + "\"update\":{\"max-abs\":2.0,\"max-weight\":1000}}";

  private static final JobSpec JOB = World.job(2, World.rules(1, 1, 1));

  @TempDir Path home;
  private final ByteString submitted = ByteString.copyFromUtf8(OLDER);

  @Test
  void meansTheSameJobAlthoughThisVersionSpellsItOtherwise() {
    byte[] bytes = OLDER.getBytes(StandardCharsets.UTF_8);
    assertThat(JobSpec.fromJson(bytes)).isEqualTo(JOB);
    assertThat(JOB.toJson()).isNotEqualTo(bytes);
  }

  @Test
  void sitesAndLogKnowTheJobByTheBytesOfItsSubmissionAcrossARestart()
      throws InvalidProtocolBufferException {
    World world = new World(home, JOB, submitted);
    List<ByteString> offered = new ArrayList<>();
    world.connect(
        new ScriptedSite(world, "only", 0.5f, 10) {
          @Override
          void offered(TaskOffer offer, TaskId task) {
            offered.add(offer.getJobJson());
            super.offered(offer, task);
          }
        });
    world.dyingAt(CrashMoment.SPOOL_FORCED, 1);

    assertThat(world.play().outcome()).isEqualTo("completed");

    assertThat(world.restarts).isEqualTo(1);
    assertThat(offered).hasSizeGreaterThan(2).containsOnly(submitted);
    List<SignedStatement> log = world.ledger.log(world.run.runId(), 0, 10);
    assertThat(log).hasSize(3);
    for (SignedStatement entry : log) {
      assertThat(LogEntryBody.parseFrom(entry.getBody()).getJobDigest())
          .isEqualTo(ByteString.copyFrom(Digest.sha256(submitted.toByteArray()).bytes()));
    }
  }
}
