package io.tributary.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.tributary.common.job.JobSpec;
import io.tributary.common.notary.Notary;
import io.tributary.common.wire.ChunkSet;
import io.tributary.common.wire.ChunkSource;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.WireConnection;
import io.tributary.common.wire.WireListener;
import io.tributary.common.wire.WireServer;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.Envelope.MessageCase;
import io.tributary.common.wire.v1.OutcomeCode;
import io.tributary.common.wire.v1.SignedStatement;
import io.tributary.common.wire.v1.TaskOffer;
import io.tributary.common.wire.v1.TaskOutcome;
import io.tributary.common.wire.v1.UploadOffer;
import io.tributary.common.wire.v1.UploadStatus;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A coordinator that does what a test says, over real TLS on loopback. */
final class FakeCoordinator implements AutoCloseable {
  private static final long WAIT_SECONDS = 20;

  private final BlockingQueue<Peer> opened = new LinkedBlockingQueue<>();
  private final Set<MessageCase> received = ConcurrentHashMap.newKeySet();
  private final WireServer server;

  private final Notary notary;

  FakeCoordinator(TestFederation federation) {
    this(federation, 0);
  }

  FakeCoordinator(TestFederation federation, int port) {
    this.notary = federation.notary();
    this.server =
        WireServer.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
            federation.coordinator(),
            TestJobs.LIMITS,
            "fake-coordinator/1",
            site -> new Peer(),
            Clock.systemUTC());
  }

  int port() {
    return server.port();
  }

  /** Kinds of messages that came from any connection. */
  Set<MessageCase> received() {
    return received;
  }

  /** The next connection. */
  Peer awaitSite() throws InterruptedException {
    Peer peer = opened.poll(WAIT_SECONDS, TimeUnit.SECONDS);
    assertThat(peer).as("a connection within %s s", WAIT_SECONDS).isNotNull();
    return peer;
  }

  @Override
  public void close() {
    server.close();
  }

  static TaskId train(int round, int attempt) {
    return new TaskId(TestJobs.RUN, round, attempt, TaskId.Kind.TRAIN);
  }

  static TaskId evaluate(int round) {
    return new TaskId(TestJobs.RUN, round, 1, TaskId.Kind.EVALUATE);
  }

  static Manifest manifest(byte[] model) {
    return Manifest.of(ByteBuffer.wrap(model), TestJobs.LIMITS.chunkBytes());
  }

  static TaskOffer offerOf(TaskId id, JobSpec job, byte[] model) {
    return TaskOffer.newBuilder()
        .setKey(id.toProto())
        .setJobJson(ByteString.copyFrom(job.toJson()))
        .setModel(manifest(model).toProto())
        .setRemainingMillis(60_000)
        .build();
  }

  /** One connection of a site. */
  final class Peer implements WireListener {
    private final BlockingQueue<Envelope> messages = new LinkedBlockingQueue<>();
    private final Map<Integer, byte[]> chunks = new TreeMap<>();
    private final List<Integer> chunkOrder = new CopyOnWriteArrayList<>();
    private final CompletableFuture<String> closed = new CompletableFuture<>();
    private WireConnection connection;
    private volatile int cutAfterChunks = Integer.MAX_VALUE;

    @Override
    public void opened(WireConnection connection) {
      this.connection = connection;
      opened.add(this);
    }

    @Override
    public void control(WireConnection from, Envelope message) {
      received.add(message.getMessageCase());
      messages.add(message);
    }

    @Override
    public void chunk(WireConnection from, TaskId task, int index, ByteBuf data) {
      synchronized (chunks) {
        chunks.put(index, ByteBufUtil.getBytes(data));
      }
      chunkOrder.add(index);
      if (chunkOrder.size() == cutAfterChunks) {
        from.close("cut by the test");
      }
    }

    @Override
    public void closed(WireConnection gone, String reason) {
      closed.complete(reason);
    }

    /** The connection is cut once so many chunks have come. */
    void cutAfterChunks(int count) {
      cutAfterChunks = count;
    }

    void cut() {
      connection.close("cut by the test");
    }

    String awaitClosed() throws Exception {
      return closed.get(WAIT_SECONDS, TimeUnit.SECONDS);
    }

    /** Chunk indices in the order in which they came over this connection. */
    List<Integer> chunkOrder() {
      return chunkOrder;
    }

    /** What came, back to back. */
    byte[] chunkBytes() {
      synchronized (chunks) {
        ByteBuffer all =
            ByteBuffer.allocate(chunks.values().stream().mapToInt(chunk -> chunk.length).sum());
        chunks.values().forEach(all::put);
        return all.array();
      }
    }

    Map<Integer, byte[]> chunks() {
      synchronized (chunks) {
        return new TreeMap<>(chunks);
      }
    }

    /** The next message that is no progress report; it must be of this kind. */
    Envelope expect(MessageCase kind) throws InterruptedException {
      while (true) {
        Envelope message = messages.poll(WAIT_SECONDS, TimeUnit.SECONDS);
        assertThat(message).as("%s within %s s", kind, WAIT_SECONDS).isNotNull();
        if (kind == MessageCase.TASK_PROGRESS
            || message.getMessageCase() != MessageCase.TASK_PROGRESS) {
          assertThat(message.getMessageCase()).as("message %s", message).isEqualTo(kind);
          return message;
        }
      }
    }

    /** Whether nothing but progress came and waits to be looked at. */
    boolean isQuiet() {
      return messages.stream()
          .allMatch(message -> message.getMessageCase() == MessageCase.TASK_PROGRESS);
    }

    void send(Envelope.Builder message) {
      connection.send(message.build());
    }

    void offer(TaskId id, JobSpec job, byte[] model) {
      offer(offerOf(id, job, model));
    }

    void offer(TaskOffer offer) {
      send(Envelope.newBuilder().setTaskOffer(offer));
    }

    /** The lacking chunks of an answer that accepts. */
    ChunkSet expectAccepted(byte[] model) throws InterruptedException {
      var answer = expect(MessageCase.TASK_ANSWER).getTaskAnswer();
      assertThat(answer.hasAccepted()).as("answer %s", answer).isTrue();
      return ChunkSet.fromBytes(
          manifest(model).chunkCount(), answer.getAccepted().getLackingModelChunks().toByteArray());
    }

    String expectRefused() throws InterruptedException {
      var answer = expect(MessageCase.TASK_ANSWER).getTaskAnswer();
      assertThat(answer.hasRefused()).as("answer %s", answer).isTrue();
      return answer.getRefused().getReason();
    }

    void sendModel(TaskId id, byte[] model, ChunkSet chunks) throws Exception {
      connection
          .sendChunks(id, ChunkSource.ofBytes(ByteBuffer.wrap(model), manifest(model)), chunks)
          .get(WAIT_SECONDS, TimeUnit.SECONDS);
    }

    /** Offers a task and sends all that the site lacks of its model. */
    void give(TaskId id, JobSpec job, byte[] model) throws Exception {
      offer(id, job, model);
      ChunkSet lacking = expectAccepted(model);
      if (!lacking.isEmpty()) {
        sendModel(id, model, lacking);
      }
    }

    void sendStatus(TaskId id, ChunkSet lacking) {
      send(
          Envelope.newBuilder()
              .setUploadStatus(
                  UploadStatus.newBuilder()
                      .setKey(id.toProto())
                      .setLackingChunks(ByteString.copyFrom(lacking.toBytes()))));
    }

    /** Accepts an update as a coordinator does that has it durable; returns the receipt. */
    SignedStatement sendReceipt(UploadOffer offer) {
      SignedStatement receipt = notary.sign(Statements.receiptFor(offer, "north"));
      sendAccepted(offer, receipt);
      return receipt;
    }

    void sendAccepted(UploadOffer offer, SignedStatement receipt) {
      send(
          Envelope.newBuilder()
              .setTaskOutcome(
                  TaskOutcome.newBuilder()
                      .setKey(offer.getKey())
                      .setCode(OutcomeCode.OUTCOME_CODE_ACCEPTED)
                      .setReceipt(receipt)));
    }

    void sendOutcome(TaskId id, OutcomeCode code) {
      send(
          Envelope.newBuilder()
              .setTaskOutcome(
                  TaskOutcome.newBuilder().setKey(id.toProto()).setCode(code).setReason("test")));
    }
  }
}
