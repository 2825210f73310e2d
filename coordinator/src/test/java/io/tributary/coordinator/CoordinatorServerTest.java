package io.tributary.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.tributary.certs.CertificateAuthority;
import io.tributary.certs.HostNames;
import io.tributary.certs.Validity;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.JobSpec;
import io.tributary.common.job.LocalTraining;
import io.tributary.common.job.ModelSpec;
import io.tributary.common.job.RoundRules;
import io.tributary.common.job.UpdateRules;
import io.tributary.common.model.InitialWeights;
import io.tributary.common.model.ModelDirectory;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.ChunkSet;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.WireConnection;
import io.tributary.common.wire.v1.TaskOffer;
import io.tributary.common.wire.v1.UploadStatus;
import io.tributary.coordinator.job.JobSummary;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole coordinator in this process: real TLS sockets, real certificates, real disk. */
class CoordinatorServerTest {
  private static final long PATIENCE_SECONDS = 60;
  private static final ModelSpec MODEL = new ModelSpec(null, 256, 16, 1, 2, 32, 16);

  @TempDir Path directory;
  private CertificateAuthority authority;
  private final List<AutoCloseable> opened = new ArrayList<>();

  @BeforeEach
  void makeAuthority() {
    authority =
        new CertificateAuthority(
            directory.resolve("authority"), Clock.systemUTC(), Validity.DEFAULT);
    var unused = authority.init(HostNames.LOCAL, false);
  }

  @AfterEach
  void closeAll() throws Exception {
    for (int i = opened.size() - 1; i >= 0; i--) {
      opened.get(i).close();
    }
  }

  private static JobSpec job(int rounds, int cohort, int quorum, long deadlineMillis) {
    return new JobSpec(
        "integration",
        11L,
        rounds,
        null,
        MODEL,
        null,
        new LocalTraining(null, 0.1, null, null, null, null, 4, 1, null),
        new RoundRules(cohort, 1.0, quorum, deadlineMillis, 5_000L, 2_000L, 20_000L, 1),
        new UpdateRules(2.0, 1_000L, null));
  }

  private CoordinatorConfig config(int port) {
    return new CoordinatorConfig(
        new CoordinatorConfig.Listen("127.0.0.1", port),
        directory.resolve("home").toString(),
        CoordinatorConfig.TlsFiles.in(directory.resolve("authority").toString()),
        new CoordinatorConfig.Admin(0),
        null,
        null);
  }

  private CoordinatorServer start(int port) {
    CoordinatorServer server =
        CoordinatorServer.start(
            config(port), CoordinatorServer.StartOptions.DEFAULT, Clock.systemUTC());
    opened.add(server);
    return server;
  }

  private CoordinatorServer start(JobSpec job) {
    CoordinatorServer server = start(0);
    JobView unused = now(server.jobs().submit(job));
    return server;
  }

  private static <T> T now(CompletableFuture<T> answer) {
    try {
      return answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UserErrorException user) {
        throw user;
      }
      throw new AssertionError(e);
    } catch (InterruptedException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  private static JobSummary end(CoordinatorServer server) {
    return now(server.jobs().ended("integration"));
  }

  private Path run() {
    return directory.resolve("home/runs/integration");
  }

  private Path certificates(String site) {
    SiteName name = new SiteName(site);
    if (!Files.exists(authority.siteDirectory(name))) {
      var unused = authority.issueSite(name, false);
    }
    return authority.siteDirectory(name);
  }

  private <T extends TlsSite> T opened(T site) {
    opened.add(site);
    return site;
  }

  private static int updateValues() {
    return MODEL.config().layout().trainableCount();
  }

  private static ByteBuffer delta(int values, float value) {
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(values * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < values; i++) {
      bytes.putFloat(value);
    }
    return bytes.flip();
  }

  private List<JsonNode> records() throws IOException {
    List<JsonNode> records = new ArrayList<>();
    for (String line : Files.readAllLines(run().resolve("rounds.jsonl"))) {
      records.add(JsonMapper.builder().build().readTree(line));
    }
    return records;
  }

  /** Sends half of its update, loses its connection, and comes back. */
  private static final class FlakySite extends TlsSite {
    private boolean cut;

    FlakySite(Path certificates, int port) {
      super("flaky", certificates, port, delta(updateValues(), 0.25f));
    }

    @Override
    void uploadStatus(WireConnection connection, UploadStatus status) {
      if (cut) {
        super.uploadStatus(connection, status);
        return;
      }
      cut = true;
      ChunkSet half = ChunkSet.none(manifest().chunkCount());
      for (int i = 0; i < half.size() / 2; i++) {
        boolean unusedAdded = half.add(i);
      }
      var unused =
          send(connection, TaskId.fromProto(status.getKey()), half)
              .thenRun(() -> connection.close("test cut"));
    }

    @Override
    public void closed(WireConnection connection, String reason) {
      if (!farewell.isDone()) {
        var unused = dial();
      }
    }
  }

  @Test
  void aRoundWithEveryKindOfBadSiteCompletesAndItsRecordSaysSo() throws Exception {
    CoordinatorServer server = start(job(1, 6, 1, 8_000));
    int port = server.port();
    int values = updateValues();
    TlsSite good = opened(new TlsSite("good", certificates("good"), port, delta(values, 0.5f)));
    List<TlsSite> sites =
        List.of(
            good,
            opened(new TlsSite("nan", certificates("nan"), port, delta(values, Float.NaN))),
            opened(new TlsSite("shape", certificates("shape"), port, delta(values - 1, 0))),
            opened(new TlsSite("large", certificates("large"), port, delta(values, -3))),
            opened(
                new TlsSite("mute", certificates("mute"), port, delta(values, 0)) {
                  @Override
                  void offered(WireConnection connection, TaskOffer offer) {}
                }),
            opened(new FlakySite(certificates("flaky"), port)));
    for (TlsSite site : sites) {
      var unused = site.connect();
    }

    JobSummary summary = end(server);

    assertThat(good.farewell.get(PATIENCE_SECONDS, TimeUnit.SECONDS).getCompleted()).isTrue();
    server.close();
    assertThat(summary.outcome()).isEqualTo("completed");
    assertThat(summary.heldOutNatsPerByteFinal()).isEqualTo(2.5);
    List<JsonNode> records = records();
    assertThat(records).hasSize(2);
    Map<String, JsonNode> bySite = new HashMap<>();
    records.get(1).path("sites").forEach(site -> bySite.put(site.path("site").asText(), site));
    assertThat(bySite.get("good").path("state").asText()).isEqualTo("folded");
    assertThat(bySite.get("flaky").path("state").asText()).isEqualTo("folded");
    assertThat(bySite.get("flaky").path("rejoins").asInt()).isEqualTo(1);
    assertThat(bySite.get("nan").path("reason").asText()).contains("is NaN but must be finite");
    assertThat(bySite.get("shape").path("reason").asText())
        .contains("update has " + 4 * (values - 1) + " bytes");
    assertThat(bySite.get("large").path("reason").asText())
        .contains("is -3.0 but update.max-abs is 2.0");
    assertThat(bySite.get("mute").path("state").asText()).isEqualTo("late");
    assertThat(records.get(1).path("bytesUp").asLong()).isGreaterThan(8L * values);

    // (10 · 0.5 + 10 · 0.25) / 20 = 0.375
    ModelDirectory models = new ModelDirectory(run().resolve("models"));
    float[] trained = models.weights(models.description());
    float[] initial = InitialWeights.create(MODEL.config().layout(), 11);
    for (int i = 0; i < trained.length; i++) {
      assertThat(trained[i]).isEqualTo((float) (initial[i] + 0.375));
    }
    assertThat(models.description().digest()).isEqualTo(summary.modelDigest());
    assertThat(run().resolve("spool")).isEmptyDirectory();
    assertThat(server.home().resolve("endpoint.json")).doesNotExist();
  }

  @Test
  void aNewerConnectionOfASiteReplacesTheOlder() throws Exception {
    CoordinatorServer server = start(job(1, 2, 2, 4_000));
    ByteBuffer update = delta(updateValues(), 0);
    TlsSite older = opened(new TlsSite("twin", certificates("twin"), server.port(), update));
    TlsSite newer = opened(new TlsSite("twin", certificates("twin"), server.port(), update));
    var unusedOlder = older.connect();
    var unusedNewer = newer.connect();
    assertThat(older.closedReason.get(PATIENCE_SECONDS, TimeUnit.SECONDS))
        .contains("newer connection");
    AdminClient client = new AdminClient(server.home());
    assertThat(client.status().sites())
        .singleElement()
        .satisfies(site -> assertThat(site.connected()).isTrue());
    assertThat(client.rounds()).isEmpty();
    assertThat(newer.closedReason).isNotDone();
  }

  @Test
  void stoppingTellsTheSitesAndLeavesNothingUnfinished() throws Exception {
    CoordinatorServer server = start(job(1, 1, 1, 60_000));
    TlsSite site =
        opened(
            new TlsSite("slow", certificates("slow"), server.port(), delta(updateValues(), 0)) {
              @Override
              void work(WireConnection connection, TaskId task) {
                if (task.kind() == TaskId.Kind.EVALUATE) {
                  super.work(connection, task);
                } else {
                  var unusedStopped = server.jobs().stop("integration");
                }
              }
            });
    var unused = site.connect();
    JobSummary summary = end(server);
    assertThat(summary.outcome()).isEqualTo("stopped");
    assertThat(site.farewell.get(PATIENCE_SECONDS, TimeUnit.SECONDS).getReason())
        .isEqualTo("stopped by its operator");
    server.close();
    try (var files = Files.walk(server.home())) {
      assertThat(files).noneMatch(file -> file.toString().endsWith(".tmp"));
    }
    assertThat(records()).hasSize(2);
    assertThat(records().get(1).path("outcome").asText()).isEqualTo("aborted");
  }

  @Test
  void aSecondCoordinatorOnTheSameHomeIsRefused() {
    CoordinatorServer server = start(job(1, 1, 1, 1_000));
    assertThatThrownBy(() -> start(0))
        .isInstanceOfSatisfying(
            UserErrorException.class,
            e -> assertThat(e.kind()).isEqualTo(UserErrorException.Kind.REFUSED))
        .hasMessageContaining("in use");
    assertThat(now(server.jobs().show("integration")).job().state()).isEqualTo("running");
  }

  @Test
  void aPortInUseIsNamedAndTheHomeIsFreeAgain() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = taken.getLocalPort();
      assertThatThrownBy(() -> start(port))
          .isInstanceOf(UserErrorException.class)
          .hasMessageContaining(":" + port);
    }
    assertThat(start(job(1, 1, 1, 1_000)).port()).isPositive();
  }

  @Test
  void missingCertificatesAreNamed() {
    CoordinatorConfig config =
        new CoordinatorConfig(
            null,
            directory.resolve("home").toString(),
            CoordinatorConfig.TlsFiles.in(directory.resolve("nowhere").toString()),
            null,
            null,
            null);
    assertThatThrownBy(
            () ->
                CoordinatorServer.start(
                    config, CoordinatorServer.StartOptions.DEFAULT, Clock.systemUTC()))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("nowhere");
  }
}
