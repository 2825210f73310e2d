package io.tributary.cli.wire;

import static io.tributary.common.wire.v1.RefusalCode.REFUSAL_CODE_IDENTITY;
import static io.tributary.common.wire.v1.RefusalCode.REFUSAL_CODE_INCOMPATIBLE_VERSION;
import static io.tributary.common.wire.v1.RefusalCode.REFUSAL_CODE_LIMIT_EXCEEDED;
import static io.tributary.common.wire.v1.RefusalCode.REFUSAL_CODE_PROTOCOL_ERROR;
import static io.tributary.common.wire.v1.RefusalCode.REFUSAL_CODE_REPLACED_BY_NEWER_CONNECTION;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.tributary.certs.CertificateAuthority;
import io.tributary.common.job.JobSpec;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.Digest;
import io.tributary.common.wire.v1.ChunkHeader;
import io.tributary.common.wire.v1.ChunkManifest;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.EvaluationReport;
import io.tributary.common.wire.v1.Heartbeat;
import io.tributary.common.wire.v1.Hello;
import io.tributary.common.wire.v1.OutcomeCode;
import io.tributary.common.wire.v1.RefusalCode;
import io.tributary.common.wire.v1.TaskAccepted;
import io.tributary.common.wire.v1.TaskAnswer;
import io.tributary.common.wire.v1.TaskKey;
import io.tributary.common.wire.v1.TaskKind;
import io.tributary.common.wire.v1.TaskOutcome;
import io.tributary.common.wire.v1.UploadCommit;
import io.tributary.common.wire.v1.UploadOffer;
import io.tributary.common.wire.v1.Welcome;
import io.tributary.coordinator.CoordinatorConfig;
import io.tributary.coordinator.CoordinatorServer;
import io.tributary.coordinator.job.JobSummary;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What docs/protocol.md forbids is answered as it says: each sent as bytes over a plain socket. */
@Timeout(120)
class WireDocumentTest {
  private static final Path DOCUMENT = Path.of("..", "docs", "protocol.md");
  private static final Envelope HELLO =
      Envelope.newBuilder()
          .setHello(Hello.newBuilder().addProtocolVersions(1).setSiteName("raw"))
          .build();
  private static final String PROGRAM = "0".repeat(64);

  @TempDir static Path home;
  private static Path certificates;
  private static CoordinatorServer coordinator;

  @BeforeAll
  static void start() {
    CertificateAuthority authority = CertificateAuthority.local(home.resolve("certs"));
    SiteName name = new SiteName("raw");
    var unused = authority.issueSite(name, false);
    certificates = authority.siteDirectory(name);
    coordinator =
        CoordinatorServer.start(
            CoordinatorConfig.local(home.resolve("certs"), home.resolve("coordinator")));
  }

  @AfterAll
  static void stop() {
    coordinator.close();
  }

  private static RawSite connected() throws Exception {
    return RawSite.connect(coordinator.port(), certificates, "tributary/1");
  }

  private static RawSite welcomed() throws Exception {
    RawSite site = connected();
    site.send(HELLO);
    assertThat(site.receive().hasWelcome()).isTrue();
    return site;
  }

  /** Reads until the refusal, which must be the last word. */
  private static void refused(RawSite site, RefusalCode code) throws IOException {
    Envelope last = site.receive();
    while (!last.hasRefusal()) {
      last = site.receive();
    }
    assertThat(last.getRefusal().getCode()).as(last.getRefusal().getReason()).isEqualTo(code);
    assertThat(last.getRefusal().getReason()).isNotBlank();
    assertThat(site.isAtItsEnd()).isTrue();
  }

  private static byte[] prefix(long length, int kind) {
    return ByteBuffer.allocate(5).putInt((int) length).put((byte) kind).array();
  }

  private static byte[] chunk(ChunkHeader header, byte... bytes) {
    byte[] head = header.toByteArray();
    return ByteBuffer.allocate(2 + head.length + bytes.length)
        .putShort((short) head.length)
        .put(head)
        .put(bytes)
        .array();
  }

  private static TaskKey.Builder key(TaskKind kind) {
    return TaskKey.newBuilder().setRunId("no.00000000").setRound(1).setAttempt(1).setKind(kind);
  }

  @Test
  void theBytesInTheDocumentAreThoseOfTheLibrary() throws IOException {
    Matcher bytes =
        Pattern.compile("(?m)^((?:[0-9a-f]{2} )+) +\\S").matcher(Files.readString(DOCUMENT));
    StringBuilder hex = new StringBuilder();
    while (bytes.find()) {
      hex.append(bytes.group(1));
    }
    byte[] heartbeat =
        Envelope.newBuilder()
            .setHeartbeat(Heartbeat.newBuilder().setSequence(7))
            .build()
            .toByteArray();
    byte[] frame =
        ByteBuffer.allocate(5 + heartbeat.length)
            .put(prefix(heartbeat.length, RawSite.CONTROL))
            .put(heartbeat)
            .array();
    assertThat(HexFormat.ofDelimiter(" ").parseHex(hex.toString().strip())).isEqualTo(frame);
  }

  @Test
  void theBoundsInTheDocumentAreTheDefaults() throws Exception {
    try (RawSite site = connected()) {
      site.send(HELLO);
      Welcome welcome = site.receive().getWelcome();
      assertThat(welcome.getProtocolVersion()).isEqualTo(1);
      assertThat(welcome.getMaxControlFrameBytes()).isEqualTo(1 << 20);
      assertThat(welcome.getMaxChunkBytes()).isEqualTo(1 << 20);
      assertThat(welcome.getHeartbeatIntervalMillis()).isEqualTo(5_000);
      assertThat(welcome.getIdleTimeoutMillis()).isEqualTo(30_000);
    }
  }

  @Test
  void anotherProtocolIsDisconnectedWithoutAWord() throws Exception {
    try (RawSite site = RawSite.connect(coordinator.port(), certificates, "http/1.1")) {
      site.send(HELLO);
      assertThat(site.isAtItsEnd()).isTrue();
    } catch (SSLException refusedInTheHandshake) {
      assertThat(refusedInTheHandshake).hasMessageContaining("protocol");
    }
  }

  @Test
  void beforeWelcomeOnlyASmallHelloIsTaken() throws Exception {
    try (RawSite site = connected()) {
      site.send(prefix(16 * 1024 + 1, RawSite.CONTROL)); // refused before its payload is there
      refused(site, REFUSAL_CODE_LIMIT_EXCEEDED);
    }
    try (RawSite site = connected()) {
      site.send(RawSite.CHUNK, chunk(ChunkHeader.getDefaultInstance(), (byte) 1));
      refused(site, REFUSAL_CODE_PROTOCOL_ERROR);
    }
    try (RawSite site = connected()) {
      site.send(Envelope.newBuilder().setHeartbeat(Heartbeat.getDefaultInstance()).build());
      refused(site, REFUSAL_CODE_PROTOCOL_ERROR);
    }
  }

  @Test
  void aHelloOfAnotherSiteOrVersionIsRefused() throws Exception {
    try (RawSite site = connected()) {
      site.send(
          Envelope.newBuilder()
              .setHello(HELLO.getHello().toBuilder().setSiteName("other"))
              .build());
      refused(site, REFUSAL_CODE_IDENTITY);
    }
    try (RawSite site = connected()) {
      site.send(
          Envelope.newBuilder()
              .setHello(Hello.newBuilder().addProtocolVersions(2).setSiteName("raw"))
              .build());
      refused(site, REFUSAL_CODE_INCOMPATIBLE_VERSION);
    }
  }

  @Test
  void framesBeyondTheirBoundsAreRefusedBeforeTheyAreThere() throws Exception {
    try (RawSite site = welcomed()) {
      site.send(prefix((1 << 20) + 1, RawSite.CONTROL));
      refused(site, REFUSAL_CODE_LIMIT_EXCEEDED);
    }
    try (RawSite site = welcomed()) {
      site.send(prefix((1 << 20) + 2 + 512 + 1, RawSite.CHUNK));
      refused(site, REFUSAL_CODE_LIMIT_EXCEEDED);
    }
    try (RawSite site = welcomed()) {
      site.send(prefix(0xffff_ffffL, RawSite.CONTROL)); // u32, never negative
      refused(site, REFUSAL_CODE_LIMIT_EXCEEDED);
    }
  }

  @Test
  void framesThatAreNoneAreProtocolErrors() throws Exception {
    protocolError(site -> site.send(3, new byte[1]));
    protocolError(site -> site.send(0, new byte[0]));
    protocolError(site -> site.send(RawSite.CONTROL, new byte[0])); // an envelope of nothing
    protocolError(site -> site.send(RawSite.CONTROL, new byte[] {(byte) 0xff}));
    protocolError(site -> site.send(RawSite.CONTROL, new byte[] {(byte) 0x82, 1, 0}));
    protocolError(site -> site.send(HELLO));
    protocolError(
        site ->
            site.send(
                Envelope.newBuilder()
                    .setTaskOutcome(TaskOutcome.newBuilder().setKey(key(TaskKind.TASK_KIND_TRAIN)))
                    .build()));
  }

  @Test
  void chunksThatAreNoneAreProtocolErrors() throws Exception {
    ChunkHeader good =
        ChunkHeader.newBuilder().setKey(key(TaskKind.TASK_KIND_TRAIN)).setIndex(0).build();
    protocolError(site -> site.send(RawSite.CHUNK, chunk(good)));
    protocolError(site -> site.send(RawSite.CHUNK, new byte[] {2, 1, 0})); // a header of 513
    protocolError(
        site -> site.send(RawSite.CHUNK, chunk(ChunkHeader.getDefaultInstance(), (byte) 1)));
    protocolError(
        site ->
            site.send(
                RawSite.CHUNK,
                chunk(
                    good.toBuilder()
                        .setKey(key(TaskKind.TASK_KIND_TRAIN).setRunId("../../etc"))
                        .build(),
                    (byte) 1)));
  }

  private interface Sending {
    void to(RawSite site) throws IOException;
  }

  private static void protocolError(Sending sending) throws Exception {
    try (RawSite site = welcomed()) {
      sending.to(site);
      refused(site, REFUSAL_CODE_PROTOCOL_ERROR);
    }
  }

  @Test
  void chunksAndProgressOfNoTaskAreDroppedAndOffersAnsweredAsLate() throws Exception {
    try (RawSite site = welcomed()) {
      TaskKey key = key(TaskKind.TASK_KIND_TRAIN).build();
      site.send(
          RawSite.CHUNK, chunk(ChunkHeader.newBuilder().setKey(key).build(), (byte) 1, (byte) 2));
      site.send(Envelope.newBuilder().setUploadOffer(UploadOffer.newBuilder().setKey(key)).build());
      TaskOutcome outcome = outcome(site);
      assertThat(outcome.getCode()).isEqualTo(OutcomeCode.OUTCOME_CODE_LATE);
      assertThat(outcome.getKey()).isEqualTo(key);
    }
  }

  @Test
  void aNewerConnectionOfTheSiteReplacesTheOlder() throws Exception {
    try (RawSite older = welcomed();
        RawSite newer = welcomed()) {
      refused(older, REFUSAL_CODE_REPLACED_BY_NEWER_CONNECTION);
      newer.send(
          Envelope.newBuilder()
              .setUploadCommit(UploadCommit.newBuilder().setKey(key(TaskKind.TASK_KIND_TRAIN)))
              .build());
      assertThat(outcome(newer).getCode()).isEqualTo(OutcomeCode.OUTCOME_CODE_LATE);
    }
  }

  private static TaskOutcome outcome(RawSite site) throws IOException {
    return next(site, Envelope::hasTaskOutcome).getTaskOutcome();
  }

  private static Envelope next(RawSite site, Predicate<Envelope> wanted) throws IOException {
    Envelope message = site.receive();
    while (!wanted.test(message)) {
      message = site.receive();
    }
    return message;
  }

  /** Takes part in a job of one round, whose training task is then given to the test. */
  private static void inARound(String name, Sent test) throws Exception {
    JobSpec job =
        JobSpec.fromYaml(
            """
            {name: %s, rounds: 1, round: {cohort: 1, rejoin-grace-millis: 100, max-attempts: 1},
            local: {learning-rate: 0.1, epochs: 1},
            model: {external: {program: %s, tensors: [{name: a, shape: [2]}]}}}
            """
                .formatted(name, PROGRAM));
    CompletableFuture<JobSummary> run;
    try (RawSite site = welcomed()) {
      run = coordinator.run(job);
      TaskKey evaluation = accept(site, TaskKind.TASK_KIND_EVALUATE);
      site.send(
          Envelope.newBuilder()
              .setEvaluationReport(
                  EvaluationReport.newBuilder().setKey(evaluation).setNatsTotal(1).setByteCount(1))
              .build());
      test.in(site, accept(site, TaskKind.TASK_KIND_TRAIN));
    }
    run.join(); // its only site is gone, so it ends
  }

  private interface Sent {
    void in(RawSite site, TaskKey training) throws IOException;
  }

  private static TaskKey accept(RawSite site, TaskKind kind) throws IOException {
    TaskKey key =
        next(
                site,
                message ->
                    message.hasTaskOffer() && message.getTaskOffer().getKey().getKind() == kind)
            .getTaskOffer()
            .getKey();
    site.send(
        Envelope.newBuilder()
            .setTaskAnswer(
                TaskAnswer.newBuilder()
                    .setKey(key)
                    .setAccepted(
                        TaskAccepted.newBuilder()
                            .setLackingModelChunks(ByteString.copyFrom(new byte[1]))))
            .build());
    return key;
  }

  private static Envelope offer(TaskKey key, Consumer<UploadOffer.Builder> change) {
    byte[] update = new byte[8];
    UploadOffer.Builder offer =
        UploadOffer.newBuilder()
            .setKey(key)
            .setWeight(1)
            .setUpdate(
                ChunkManifest.newBuilder()
                    .setTotalBytes(update.length)
                    .setChunkBytes(update.length)
                    .setChunkDigests(ByteString.copyFrom(Digest.sha256(update).bytes())));
    change.accept(offer);
    return Envelope.newBuilder().setUploadOffer(offer).build();
  }

  @Test
  void anUploadBeyondItsTermsEndsTheTaskAndTheConnectionStays() throws Exception {
    inARound(
        "terms",
        (site, key) -> {
          site.send(offer(key, offer -> offer.putMetrics("patients", 3)));
          TaskOutcome outcome = outcome(site);
          while (outcome.getKey().getKind() != TaskKind.TASK_KIND_TRAIN) {
            outcome = outcome(site);
          }
          assertThat(outcome.getCode()).isEqualTo(OutcomeCode.OUTCOME_CODE_REFUSED);
          assertThat(outcome.getReason()).contains("training-loss-nats-per-token");
          site.send(offer(key, offer -> {})); // better now, but the task has ended
          assertThat(outcome(site)).isEqualTo(outcome);
        });
  }

  @Test
  void aChunkThatIsNotWhatItsManifestSaysIsAProtocolError() throws Exception {
    inARound(
        "chunk",
        (site, key) -> {
          site.send(offer(key, offer -> {}));
          next(site, Envelope::hasUploadStatus);
          site.send(
              RawSite.CHUNK,
              chunk(
                  ChunkHeader.newBuilder().setKey(key).build(),
                  new byte[] {1, 2, 3, 4, 5, 6, 7, 8}));
          refused(site, REFUSAL_CODE_PROTOCOL_ERROR);
        });
  }

  @Test
  void aCommitBeforeAnOfferIsAProtocolError() throws Exception {
    inARound(
        "commit",
        (site, key) -> {
          site.send(
              Envelope.newBuilder().setUploadCommit(UploadCommit.newBuilder().setKey(key)).build());
          refused(site, REFUSAL_CODE_PROTOCOL_ERROR);
        });
  }
}
