package io.tributary.cli;

import com.google.protobuf.ByteString;
import io.netty.buffer.ByteBuf;
import io.tributary.client.SiteConfig;
import io.tributary.common.job.JobSpec;
import io.tributary.common.tls.CertificateRole;
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
import io.tributary.common.wire.v1.TaskAccepted;
import io.tributary.common.wire.v1.TaskAnswer;
import io.tributary.common.wire.v1.TaskKind;
import io.tributary.common.wire.v1.TaskOffer;
import io.tributary.common.wire.v1.TaskRefused;
import io.tributary.common.wire.v1.UploadCommit;
import io.tributary.common.wire.v1.UploadOffer;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * A site that is up to no good, as a process of its own: it speaks the real protocol with a real
 * certificate, but sends NaN, or accepts work and never answers again.
 *
 * <p>Arguments: {@code nan|silent client start --config FILE …}, so that it takes a site's place.
 */
public final class StrangeSite implements WireListener {
  private final boolean silent;
  private final CountDownLatch gone = new CountDownLatch(1);
  private ChunkSource lie;

  private StrangeSite(boolean silent) {
    this.silent = silent;
  }

  /** Runs until the coordinator closes the connection. */
  public static void main(String[] arguments) throws Exception {
    List<String> words = Arrays.asList(arguments);
    StrangeSite site = new StrangeSite(words.get(0).equals("silent"));
    Path file = Path.of(words.get(words.indexOf("--config") + 1));
    SiteConfig config = SiteConfig.read(file);
    Clock clock = Clock.systemUTC();
    TlsMaterial material =
        TlsMaterial.load(
            CertificateRole.SITE,
            Path.of(config.tls().certificate()),
            Path.of(config.tls().key()),
            Path.of(config.tls().ca()),
            clock);
    SiteName name = new SiteName(file.toAbsolutePath().getParent().getFileName().toString());
    try (WireClient wire = new WireClient(clock)) {
      boolean connected = false;
      while (!connected) { // the coordinator may not be up yet; the test bounds how long this goes
        try {
          wire.connect(
                  config.coordinator().host(),
                  config.coordinator().port(),
                  TlsContexts.forSite(material, TlsProvider.preferred()),
                  WireLimits.DEFAULT,
                  name,
                  "strange-site/1",
                  site)
              .join();
          connected = true;
        } catch (java.util.concurrent.CompletionException e) {
          java.util.concurrent.locks.LockSupport.parkNanos(100_000_000L);
        }
      }
      site.gone.await();
    }
  }

  @Override
  public void opened(WireConnection connection) {}

  @Override
  public void control(WireConnection connection, Envelope message) {
    switch (message.getMessageCase()) {
      case TASK_OFFER -> offered(connection, message.getTaskOffer());
      case UPLOAD_STATUS -> {
        TaskId task = TaskId.fromProto(message.getUploadStatus().getKey());
        ChunkSet lacking =
            ChunkSet.fromBytes(
                lie.manifest().chunkCount(),
                message.getUploadStatus().getLackingChunks().toByteArray());
        var unused =
            connection
                .sendChunks(task, lie, lacking)
                .thenRun(
                    () ->
                        connection.send(
                            Envelope.newBuilder()
                                .setUploadCommit(UploadCommit.newBuilder().setKey(task.toProto()))
                                .build()));
      }
      default -> {}
    }
  }

  private void offered(WireConnection connection, TaskOffer offer) {
    if (offer.getKey().getKind() == TaskKind.TASK_KIND_EVALUATE) {
      connection.send(
          answer(
              offer,
              TaskAnswer.newBuilder()
                  .setRefused(TaskRefused.newBuilder().setReason("no opinion"))));
      return;
    }
    // It claims to have the model already, so nothing is sent down to it.
    int chunks = Manifest.fromProto(offer.getModel(), WireLimits.DEFAULT).chunkCount();
    connection.send(
        answer(
            offer,
            TaskAnswer.newBuilder()
                .setAccepted(
                    TaskAccepted.newBuilder()
                        .setLackingModelChunks(
                            ByteString.copyFrom(ChunkSet.none(chunks).toBytes())))));
    if (silent) {
      return;
    }
    JobSpec job = JobSpec.fromJson(offer.getJobJson().toByteArray());
    float[] nan = new float[job.model().config().layout().trainableCount()];
    Arrays.fill(nan, Float.NaN);
    ByteBuffer bytes = ByteBuffer.allocate(nan.length * Float.BYTES);
    bytes.order(java.nio.ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(nan);
    Manifest manifest = Manifest.of(bytes.duplicate(), WireLimits.DEFAULT.chunkBytes());
    lie = ChunkSource.ofBytes(bytes, manifest);
    connection.send(
        Envelope.newBuilder()
            .setUploadOffer(
                UploadOffer.newBuilder()
                    .setKey(offer.getKey())
                    .setUpdate(manifest.toProto())
                    .setWeight(1))
            .build());
  }

  private static Envelope answer(TaskOffer offer, TaskAnswer.Builder answer) {
    return Envelope.newBuilder().setTaskAnswer(answer.setKey(offer.getKey())).build();
  }

  @Override
  public void chunk(WireConnection connection, TaskId task, int index, ByteBuf data) {}

  @Override
  public void closed(WireConnection connection, String reason) {
    gone.countDown();
  }
}
