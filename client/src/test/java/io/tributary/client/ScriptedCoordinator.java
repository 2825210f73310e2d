package io.tributary.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.tributary.common.job.JobSpec;
import io.tributary.common.notary.LogEntry;
import io.tributary.common.notary.Notary;
import io.tributary.common.notary.StatementBodies;
import io.tributary.common.wire.ChunkSet;
import io.tributary.common.wire.Digest;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.WireLimits;
import io.tributary.common.wire.WireListener;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.Farewell;
import io.tributary.common.wire.v1.LogEntries;
import io.tributary.common.wire.v1.LogRequest;
import io.tributary.common.wire.v1.OutcomeCode;
import io.tributary.common.wire.v1.SignedStatement;
import io.tributary.common.wire.v1.TaskOffer;
import io.tributary.common.wire.v1.TaskOutcome;
import io.tributary.common.wire.v1.UploadOffer;
import io.tributary.common.wire.v1.UploadStatus;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.function.UnaryOperator;

/** A coordinator that keeps its promises, in memory, unless a test makes it break one. */
final class ScriptedCoordinator {
  private static final int MAX_ENTRIES_PER_ANSWER = 64;

  /** What it knows of one update. */
  static final class Upload {
    final Manifest manifest;
    final UploadOffer offer;
    final TreeMap<Integer, byte[]> chunks = new TreeMap<>();
    SignedStatement receipt;
    int commits;

    Upload(UploadOffer offer, Manifest manifest) {
      this.offer = offer;
      this.manifest = manifest;
    }

    byte[] bytes() {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      chunks.values().forEach(all::writeBytes);
      return all.toByteArray();
    }
  }

  final Map<TaskId, Upload> uploads = new HashMap<>();
  final List<Envelope> received = new ArrayList<>();
  final List<SignedStatement> log = new ArrayList<>();
  final Notary notary;

  /** What is made of a receipt before it is sent; for forgers. */
  UnaryOperator<TaskOutcome.Builder> forge = outcome -> outcome;

  /** Whether it answers upload offers. */
  boolean answersOffers = true;

  /** Whether a site that connects is told of the newest entry: not of a run that is over. */
  boolean announcesLog = true;

  /** Whether the outcome of a commit gets lost with the connection. */
  boolean losesOutcome;

  long chunkBytesReceived;
  long chunkBytesAgain;
  int connections;

  private final WireLimits limits;
  private final Executor network;
  private final Map<TaskId, byte[]> models = new HashMap<>();
  private FakeWire site;
  private TaskOffer open;
  private long cutAfterChunkBytes = Long.MAX_VALUE;

  ScriptedCoordinator(Notary notary, WireLimits limits, Executor network) {
    this.notary = notary;
    this.limits = limits;
    this.network = network;
  }

  // ---- what a test makes it do ----

  void offer(TaskId id, JobSpec job, byte[] model) {
    models.put(id, model);
    open =
        TaskOffer.newBuilder()
            .setKey(id.toProto())
            .setJobJson(ByteString.copyFrom(job.toJson()))
            .setModel(Manifest.of(ByteBuffer.wrap(model), limits.chunkBytes()).toProto())
            .setRemainingMillis(60_000)
            .build();
    send(Envelope.newBuilder().setTaskOffer(open));
  }

  /** The open task is over for the site, without a word. */
  void moveOn() {
    open = null;
  }

  void farewell(String run) {
    send(Envelope.newBuilder().setFarewell(Farewell.newBuilder().setRunId(run).setCompleted(true)));
  }

  /** The connection is cut once so many more bytes of chunks have come. */
  void cutAfter(long bytes) {
    cutAfterChunkBytes = chunkBytesReceived + bytes;
  }

  void cut() {
    if (site != null) {
      site.cut("cut by the test");
    }
  }

  void siteIsGone() {
    if (site != null) {
      site.abandon();
      site = null;
    }
  }

  void publish(LogEntry entry) {
    log.add(notary.sign(entry));
    sendEntries(TestJobs.RUN, log.size() - 1, log.size());
  }

  void sendEntries(String run, int from, int to) {
    send(
        Envelope.newBuilder()
            .setLogEntries(
                LogEntries.newBuilder().setRunId(run).addAllEntries(log.subList(from, to))));
  }

  Digest headHash() {
    return StatementBodies.hash(log.get(log.size() - 1));
  }

  long times(Envelope.MessageCase kind) {
    return received.stream().filter(message -> message.getMessageCase() == kind).count();
  }

  boolean isConnected() {
    return site != null;
  }

  void send(Envelope.Builder message) {
    if (site != null) {
      site.deliver(message.build());
    }
  }

  // ---- the wire ----

  FakeWire accept(WireListener listener) {
    connections++;
    site = new FakeWire(this, listener, network);
    FakeWire accepted = site;
    network.execute(
        () -> {
          if (site != accepted) {
            return;
          }
          if (open != null) {
            send(Envelope.newBuilder().setTaskOffer(open));
          }
          if (!log.isEmpty() && announcesLog) {
            sendEntries(TestJobs.RUN, log.size() - 1, log.size());
          }
        });
    return site;
  }

  void closed(FakeWire gone) {
    if (site == gone) {
      site = null;
    }
  }

  void received(FakeWire from, Envelope message) {
    received.add(message);
    switch (message.getMessageCase()) {
      case TASK_ANSWER -> {
        if (message.getTaskAnswer().hasAccepted()) {
          TaskId id = TaskId.fromProto(message.getTaskAnswer().getKey());
          byte[] lacking =
              message.getTaskAnswer().getAccepted().getLackingModelChunks().toByteArray();
          sendModel(from, id, lacking);
        }
      }
      case UPLOAD_OFFER -> uploadOffered(message.getUploadOffer());
      case UPLOAD_COMMIT -> commit(from, TaskId.fromProto(message.getUploadCommit().getKey()));
      case LOG_REQUEST -> logRequested(message.getLogRequest());
      default -> {}
    }
  }

  private void sendModel(FakeWire to, TaskId id, byte[] lackingChunks) {
    byte[] model = models.get(id);
    Manifest manifest = Manifest.of(ByteBuffer.wrap(model), limits.chunkBytes());
    ChunkSet lacking = ChunkSet.fromBytes(manifest.chunkCount(), lackingChunks);
    for (int i = lacking.next(0); i >= 0; i = lacking.next(i + 1)) {
      int from = Math.toIntExact(manifest.chunkOffset(i));
      to.deliverChunk(id, i, Arrays.copyOfRange(model, from, from + manifest.chunkLength(i)));
    }
  }

  private void uploadOffered(UploadOffer offer) {
    TaskId id = TaskId.fromProto(offer.getKey());
    Upload known = uploads.get(id);
    if (!answersOffers) {
      return;
    }
    if (known != null && known.receipt != null) {
      assertThat(offer).as("the same offer every time").isEqualTo(known.offer);
      accept(id, known);
    } else if (open == null || !TaskId.fromProto(open.getKey()).equals(id)) {
      outcome(id, OutcomeCode.OUTCOME_CODE_LATE);
    } else {
      if (known == null) {
        known = new Upload(offer, Manifest.fromProto(offer.getUpdate(), limits));
        uploads.put(id, known);
      }
      assertThat(offer).as("the same offer every time").isEqualTo(known.offer);
      ChunkSet lacking = ChunkSet.all(known.manifest.chunkCount());
      known.chunks.keySet().forEach(lacking::remove);
      send(
          Envelope.newBuilder()
              .setUploadStatus(
                  UploadStatus.newBuilder()
                      .setKey(id.toProto())
                      .setLackingChunks(ByteString.copyFrom(lacking.toBytes()))));
    }
  }

  void chunk(FakeWire from, TaskId task, int index, byte[] data) {
    if (chunkBytesReceived + data.length > cutAfterChunkBytes) {
      long part = cutAfterChunkBytes - chunkBytesReceived; // in the middle of a chunk
      chunkBytesReceived += part;
      chunkBytesAgain += part; // will be sent again, for this part is not a chunk
      cutAfterChunkBytes = Long.MAX_VALUE;
      from.cut("cut in the middle of a chunk");
      return;
    }
    chunkBytesReceived += data.length;
    Upload upload = uploads.get(task);
    assertThat(upload.manifest.verifies(index, ByteBuffer.wrap(data))).isTrue();
    if (upload.chunks.put(index, data) != null) {
      chunkBytesAgain += data.length;
    }
  }

  private void commit(FakeWire from, TaskId id) {
    Upload upload = uploads.get(id);
    assertThat(upload.chunks).hasSize(upload.manifest.chunkCount());
    upload.commits++;
    if (upload.receipt == null) {
      upload.receipt = notary.sign(Statements.receiptFor(upload.offer, "north"));
      open = null;
    }
    if (losesOutcome) {
      losesOutcome = false;
      from.cut("cut before the outcome");
      return;
    }
    accept(id, upload);
  }

  private void accept(TaskId id, Upload upload) {
    send(
        Envelope.newBuilder()
            .setTaskOutcome(
                forge.apply(
                    TaskOutcome.newBuilder()
                        .setKey(id.toProto())
                        .setCode(OutcomeCode.OUTCOME_CODE_ACCEPTED)
                        .setReceipt(upload.receipt))));
  }

  void outcome(TaskId id, OutcomeCode code) {
    send(
        Envelope.newBuilder()
            .setTaskOutcome(
                TaskOutcome.newBuilder()
                    .setKey(id.toProto())
                    .setCode(code)
                    .setReason("round closed")));
  }

  private void logRequested(LogRequest request) {
    int from = request.getFromSequence();
    if (from >= log.size()) {
      return; // as a coordinator does that has nothing to tell
    }
    sendEntries(request.getRunId(), from, Math.min(log.size(), from + MAX_ENTRIES_PER_ANSWER));
  }
}
