package io.tributary.simulation.swarm;

import io.netty.handler.ssl.SslContext;
import io.tributary.common.tls.SiteName;
import io.tributary.common.tls.TlsContexts;
import io.tributary.common.tls.TlsMaterial;
import io.tributary.common.tls.TlsProvider;
import io.tributary.common.wire.WireClient;
import io.tributary.common.wire.WireLimits;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/** The connections of a swarm: every client its own certificate and socket, few threads for all. */
final class Swarm implements AutoCloseable {
  /** Event loops; the machine's other processors are the coordinator's. */
  private static final int LOOPS = 2;

  /** Connections that are being opened at once: the coordinator bounds them, too. */
  private static final int OPENING = 64;

  private static final String SOFTWARE = "tributary-swarm";

  private final String host;
  private final int port;
  private final WireLimits limits;
  private final List<WireClient> loops = new ArrayList<>();
  private final List<SslContext> contexts = new ArrayList<>();

  /** Reads the certificates of the clients; nothing is opened yet. */
  Swarm(
      String host,
      int port,
      WireLimits limits,
      List<SiteName> names,
      Function<SiteName, Path> certificates) {
    this.host = host;
    this.port = port;
    this.limits = limits;
    for (SiteName name : names) {
      contexts.add(
          TlsContexts.forSite(
              TlsMaterial.loadSite(certificates.apply(name), Clock.systemUTC()),
              TlsProvider.preferred()));
    }
    for (int i = 0; i < LOOPS; i++) {
      loops.add(new WireClient(Clock.systemUTC()));
    }
  }

  /** The TLS context of the first client, to measure with. */
  SslContext anyContext() {
    return contexts.get(0);
  }

  /**
   * Opens all connections, a bounded number at a time, and waits for them.
   *
   * @param sites one for each name, in order
   * @return how many there were a second
   * @throws SwarmFailedException when one cannot be opened
   */
  double connect(List<SwarmSite> sites) throws SwarmFailedException, InterruptedException {
    AtomicInteger next = new AtomicInteger();
    List<CompletableFuture<Void>> chains = new ArrayList<>();
    long started = System.nanoTime();
    for (int i = 0; i < Math.min(OPENING, sites.size()); i++) {
      chains.add(connectNext(sites, next));
    }
    try {
      CompletableFuture.allOf(chains.toArray(CompletableFuture[]::new)).get();
    } catch (ExecutionException e) {
      throw new SwarmFailedException("a client cannot connect: " + e.getCause().getMessage());
    }
    return sites.size() * 1e9 / (System.nanoTime() - started);
  }

  private CompletableFuture<Void> connectNext(List<SwarmSite> sites, AtomicInteger next) {
    int client = next.getAndIncrement();
    if (client >= sites.size()) {
      return CompletableFuture.completedFuture(null);
    }
    SwarmSite site = sites.get(client);
    return loops
        .get(client % LOOPS)
        .connect(host, port, contexts.get(client), limits, site.name(), SOFTWARE, site)
        .thenCompose(connected -> connectNext(sites, next));
  }

  @Override
  public void close() {
    loops.forEach(WireClient::close);
  }
}
