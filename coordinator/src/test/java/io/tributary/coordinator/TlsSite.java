package io.tributary.coordinator;

import com.google.protobuf.ByteString;
import io.netty.buffer.ByteBuf;
import io.netty.handler.ssl.SslContext;
import io.tributary.common.tls.SiteName;
import io.tributary.common.tls.TlsContexts;
import io.tributary.common.tls.TlsMaterial;
import io.tributary.common.tls.TlsProvider;
import io.tributary.common.wire.ChunkSet;
import io.tributary.common.wire.ChunkSource;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.WireClient;
import io.tributary.common.wire.WireConnection;
import io.tributary.common.wire.WireLimits;
import io.tributary.common.wire.WireListener;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.EvaluationReport;
import io.tributary.common.wire.v1.Farewell;
import io.tributary.common.wire.v1.TaskAccepted;
import io.tributary.common.wire.v1.TaskAnswer;
import io.tributary.common.wire.v1.TaskOffer;
import io.tributary.common.wire.v1.TaskProgress;
import io.tributary.common.wire.v1.TaskStage;
import io.tributary.common.wire.v1.UploadCommit;
import io.tributary.common.wire.v1.UploadOffer;
import io.tributary.common.wire.v1.UploadStatus;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A site that speaks the real protocol over real TLS and fakes only its training: it waits for the
 * whole model, then uploads bytes it was given. Everything runs on its one event loop.
 */
class TlsSite implements WireListener, AutoCloseable {
  static final WireLimits LIMITS = WireLimits.DEFAULT;
  private static final long CONNECT_SECONDS = 20;

  private final SiteName name;
  private final SslContext tls;
  private final int port;
  private final ByteBuffer update;
  private final WireClient client = new WireClient(Clock.systemUTC());
  private final Map<TaskId, ChunkSet> missing = new HashMap<>();

  final CompletableFuture<Farewell> farewell = new CompletableFuture<>();
  final CompletableFuture<String> closedReason = new CompletableFuture<>();

  TlsSite(String name, Path certificates, int port, ByteBuffer update) {
    this.name = new SiteName(name);
    this.port = port;
    this.update = update;
    this.tls =
        TlsContexts.forSite(
            TlsMaterial.loadSite(certificates, Clock.systemUTC()), TlsProvider.preferred());
  }

  TlsSite connect() throws Exception {
    var unused = dial().get(CONNECT_SECONDS, TimeUnit.SECONDS);
    return this;
  }

  CompletableFuture<WireConnection> dial() {
    return client.connect("localhost", port, tls, LIMITS, name, "test-site", this);
  }

  SiteName name() {
    return name;
  }

  @Override
  public void opened(WireConnection connection) {}

  @Override
  public void control(WireConnection connection, Envelope message) {
    switch (message.getMessageCase()) {
      case TASK_OFFER -> offered(connection, message.getTaskOffer());
      case UPLOAD_STATUS -> uploadStatus(connection, message.getUploadStatus());
      case TASK_OUTCOME, LOG_ENTRIES -> {}
      case FAREWELL -> farewell.complete(message.getFarewell());
      default -> throw new AssertionError("a site got " + message);
    }
  }

  /** Accepts every task and asks for the whole model. */
  void offered(WireConnection connection, TaskOffer offer) {
    TaskId task = TaskId.fromProto(offer.getKey());
    int chunks = Manifest.fromProto(offer.getModel(), LIMITS).chunkCount();
    missing.put(task, ChunkSet.all(chunks));
    connection.send(
        Envelope.newBuilder()
            .setTaskAnswer(
                TaskAnswer.newBuilder()
                    .setKey(offer.getKey())
                    .setAccepted(
                        TaskAccepted.newBuilder()
                            .setLackingModelChunks(
                                ByteString.copyFrom(ChunkSet.all(chunks).toBytes()))))
            .build());
  }

  @Override
  public void chunk(WireConnection connection, TaskId task, int index, ByteBuf data) {
    ChunkSet lacking = missing.get(task);
    if (lacking != null && lacking.remove(index) && lacking.isEmpty()) {
      work(connection, task);
    }
  }

  void work(WireConnection connection, TaskId task) {
    boolean train = task.kind() == TaskId.Kind.TRAIN;
    connection.send(
        Envelope.newBuilder()
            .setTaskProgress(
                TaskProgress.newBuilder()
                    .setKey(task.toProto())
                    .setStage(
                        train ? TaskStage.TASK_STAGE_TRAINING : TaskStage.TASK_STAGE_EVALUATING)
                    .setDone(1)
                    .setTotal(1))
            .build());
    if (train) {
      connection.send(
          Envelope.newBuilder()
              .setUploadOffer(
                  UploadOffer.newBuilder()
                      .setKey(task.toProto())
                      .setUpdate(manifest().toProto())
                      .setWeight(10))
              .build());
    } else {
      connection.send(
          Envelope.newBuilder()
              .setEvaluationReport(
                  EvaluationReport.newBuilder()
                      .setKey(task.toProto())
                      .setNatsTotal(250)
                      .setByteCount(100))
              .build());
    }
  }

  void uploadStatus(WireConnection connection, UploadStatus status) {
    TaskId task = TaskId.fromProto(status.getKey());
    ChunkSet lacking =
        ChunkSet.fromBytes(manifest().chunkCount(), status.getLackingChunks().toByteArray());
    var unused =
        send(connection, task, lacking)
            .thenRun(
                () ->
                    connection.send(
                        Envelope.newBuilder()
                            .setUploadCommit(UploadCommit.newBuilder().setKey(status.getKey()))
                            .build()));
  }

  CompletableFuture<Void> send(WireConnection connection, TaskId task, ChunkSet chunks) {
    return connection.sendChunks(task, ChunkSource.ofBytes(update, manifest()), chunks);
  }

  Manifest manifest() {
    return Manifest.of(update, 4096);
  }

  @Override
  public void closed(WireConnection connection, String reason) {
    closedReason.complete(reason);
  }

  @Override
  public void close() {
    client.close();
  }
}
