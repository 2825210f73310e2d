package io.tributary.coordinator;

import io.tributary.certs.CertificateAuthority;
import io.tributary.certs.HostNames;
import io.tributary.certs.Validity;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.JobSpec;
import io.tributary.common.job.LocalTraining;
import io.tributary.common.job.ModelSpec;
import io.tributary.common.job.RoundRules;
import io.tributary.common.job.UpdateRules;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.WireConnection;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.TaskOffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** Coordinators and sites over real TLS in this process, which may come and go. */
final class TlsFederation {
  static final long PATIENCE_SECONDS = 120;
  private static final ModelSpec MODEL = new ModelSpec(null, 256, 16, 1, 2, 32, 16);

  private final Path directory;
  private final CertificateAuthority authority;
  private final List<AutoCloseable> opened = new ArrayList<>();

  TlsFederation(Path directory) {
    this.directory = directory;
    this.authority =
        new CertificateAuthority(
            directory.resolve("authority"), Clock.systemUTC(), Validity.DEFAULT);
    var unused = authority.init(HostNames.LOCAL, false);
  }

  /** Newest first. */
  void closeAll() throws Exception {
    for (int i = opened.size() - 1; i >= 0; i--) {
      opened.get(i).close();
    }
  }

  static JobSpec job(String name, int rounds, int cohort) {
    return new JobSpec(
        name,
        11L,
        rounds,
        null,
        MODEL,
        null,
        new LocalTraining(null, 0.1, null, null, null, null, 4, 1, null),
        new RoundRules(cohort, 1.0, cohort, 60_000L, 30_000L, 20_000L, 60_000L, 1),
        new UpdateRules(2.0, 1_000L, null));
  }

  CoordinatorServer start(String home, int port, int runningJobs) {
    return start(home, port, runningJobs, null, CoordinatorServer.StartOptions.DEFAULT);
  }

  CoordinatorServer start(
      String home,
      int port,
      int runningJobs,
      CoordinatorConfig.Spool spool,
      CoordinatorServer.StartOptions options) {
    CoordinatorServer server =
        CoordinatorServer.start(
            new CoordinatorConfig(
                new CoordinatorConfig.Listen("127.0.0.1", port),
                directory.resolve(home).toString(),
                CoordinatorConfig.TlsFiles.in(directory.resolve("authority").toString()),
                new CoordinatorConfig.Admin(0),
                new CoordinatorConfig.Limits(null, null, null, null, null, runningJobs, null),
                spool),
            options,
            Clock.systemUTC());
    opened.add(server);
    return server;
  }

  static <T> T now(CompletableFuture<T> answer) {
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

  /** Comes back whenever it loses its connection, and hears of every training task. */
  final class LoyalSite extends TlsSite {
    private final Consumer<TaskId> onTraining;
    private final AtomicBoolean over = new AtomicBoolean();

    /** The task of the first update that was accepted. */
    final CompletableFuture<TaskId> accepted = new CompletableFuture<>();

    LoyalSite(String name, int port, float value, Consumer<TaskId> onTraining) {
      super(name, certificates(name), port, delta(value));
      this.onTraining = onTraining;
    }

    @Override
    void offered(WireConnection connection, TaskOffer offer) {
      TaskId task = TaskId.fromProto(offer.getKey());
      if (task.kind() == TaskId.Kind.TRAIN) {
        onTraining.accept(task);
      }
      super.offered(connection, offer);
    }

    @Override
    public void control(WireConnection connection, Envelope message) {
      if (message.hasTaskOutcome() && message.getTaskOutcome().hasReceipt()) {
        accepted.complete(TaskId.fromProto(message.getTaskOutcome().getKey()));
      }
      super.control(connection, message);
    }

    @Override
    public void closed(WireConnection connection, String reason) {
      redial();
    }

    private void redial() {
      if (!over.get()) {
        var unused =
            dial()
                .whenComplete(
                    (connection, failure) -> {
                      if (failure != null) {
                        CompletableFuture.delayedExecutor(50, TimeUnit.MILLISECONDS)
                            .execute(this::redial);
                      }
                    });
      }
    }

    @Override
    public void close() {
      over.set(true);
      super.close();
    }
  }

  Path certificates(String site) {
    SiteName name = new SiteName(site);
    if (!Files.exists(authority.siteDirectory(name))) {
      var unused = authority.issueSite(name, false);
    }
    return authority.siteDirectory(name);
  }

  <T extends TlsSite> T opened(T site) {
    opened.add(site);
    return site;
  }

  LoyalSite site(String name, int port, float value, Consumer<TaskId> onTraining) throws Exception {
    LoyalSite site = opened(new LoyalSite(name, port, value, onTraining));
    var unused = site.connect();
    return site;
  }

  static ByteBuffer delta(float value) {
    int values = MODEL.config().layout().trainableCount();
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(values * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < values; i++) {
      bytes.putFloat(value);
    }
    return bytes.flip();
  }
}
