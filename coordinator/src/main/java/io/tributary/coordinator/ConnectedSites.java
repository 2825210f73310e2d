package io.tributary.coordinator;

import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.ChunkSet;
import io.tributary.common.wire.ChunkSource;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.WireConnection;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.Refusal;
import io.tributary.common.wire.v1.RefusalCode;
import io.tributary.coordinator.job.ModelReference;
import io.tributary.coordinator.job.SiteGateway;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections of all sites, one per site: a newer one replaces the older, because a site that
 * lost its network comes back before its old connection has timed out. Confined to the owner's
 * thread.
 */
final class ConnectedSites implements SiteGateway {
  private static final Logger LOG = LoggerFactory.getLogger(ConnectedSites.class);

  private static final class Link {
    final WireConnection connection;
    CompletableFuture<Void> transfer = CompletableFuture.completedFuture(null);

    Link(WireConnection connection) {
      this.connection = connection;
    }
  }

  private final Map<SiteName, Link> links = new HashMap<>();
  private final Set<WireConnection> open = new HashSet<>();
  private long closedBytesUp;
  private long closedBytesDown;

  /**
   * A connection was admitted.
   *
   * @return whether it replaces another one of the site
   */
  boolean opened(SiteName site, WireConnection connection) {
    open.add(connection);
    Link older = links.put(site, new Link(connection));
    if (older == null) {
      return false;
    }
    LOG.info("site={} connected again from {}", site, connection.remoteAddress());
    boolean unusedCancelled = older.transfer.cancel(false);
    older.connection.close(
        refusal(
            RefusalCode.REFUSAL_CODE_REPLACED_BY_NEWER_CONNECTION,
            "a newer connection with this site's certificate came from "
                + connection.remoteAddress()));
    return true;
  }

  /**
   * A connection is gone.
   *
   * @return whether the site is disconnected by that
   */
  boolean closed(SiteName site, WireConnection connection) {
    if (open.remove(connection)) {
      closedBytesUp += connection.bytesReceived();
      closedBytesDown += connection.bytesSent();
    }
    return isCurrent(site, connection) && links.remove(site) != null;
  }

  /** Whether the connection is the one that speaks for its site. */
  boolean isCurrent(SiteName site, WireConnection connection) {
    Link link = links.get(site);
    return link != null && link.connection == connection;
  }

  @Override
  public boolean send(SiteName site, Envelope message) {
    Link link = links.get(site);
    if (link == null || !link.connection.isOpen()) {
      return false;
    }
    link.connection.send(message);
    return true;
  }

  @Override
  public void sendModel(SiteName site, TaskId task, ModelReference model, ChunkSet lacking) {
    stopModel(site);
    Link link = links.get(site);
    if (link == null || lacking.isEmpty()) {
      return;
    }
    ChunkSource source = ChunkSource.ofFile(model.weights(), model.manifest());
    link.transfer = link.connection.sendChunks(task, source, lacking);
    var unused =
        link.transfer.exceptionally(
            failure -> {
              LOG.debug("task={} site={} model not sent: {}", task, site, failure.toString());
              return null;
            });
  }

  @Override
  public void stopModel(SiteName site) {
    Link link = links.get(site);
    if (link != null) {
      boolean unusedCancelled = link.transfer.cancel(false);
    }
  }

  @Override
  public void refuse(SiteName site, RefusalCode code, String reason) {
    Link link = links.get(site);
    if (link != null) {
      link.connection.close(refusal(code, reason));
    }
  }

  @Override
  public void disconnect(SiteName site, String reason) {
    Link link = links.get(site);
    if (link != null) {
      link.connection.close(reason);
    }
  }

  @Override
  public void broadcast(Envelope message) {
    for (Link link : links.values()) {
      link.connection.send(message);
    }
  }

  @Override
  public long bytesUp() {
    return closedBytesUp + open.stream().mapToLong(WireConnection::bytesReceived).sum();
  }

  @Override
  public long bytesDown() {
    return closedBytesDown + open.stream().mapToLong(WireConnection::bytesSent).sum();
  }

  private static Refusal refusal(RefusalCode code, String reason) {
    return Refusal.newBuilder().setCode(code).setReason(reason).build();
  }
}
