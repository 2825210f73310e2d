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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections of all sites, one per site: a newer one replaces the older, because a site that
 * lost its network comes back before its old connection has timed out. Runs reach them through
 * their {@link RunGateway}. Confined to the owner's thread.
 */
final class ConnectedSites {
  private static final Logger LOG = LoggerFactory.getLogger(ConnectedSites.class);

  private static final class Link {
    final WireConnection connection;
    CompletableFuture<Void> transfer = CompletableFuture.completedFuture(null);
    String transferRunId = "";
    String payingRunId = "";
    long countedUp;
    long countedDown;

    Link(WireConnection connection) {
      this.connection = connection;
    }
  }

  /** Bytes of connections as far as they have been counted. */
  private static final class Account {
    long bytesUp;
    long bytesDown;
  }

  private final Map<SiteName, Link> links = new HashMap<>();
  private final Map<WireConnection, Link> open = new HashMap<>();
  private final Map<String, Account> accounts = new HashMap<>();
  private boolean closing;

  /**
   * A connection was admitted.
   *
   * @return whether it replaces another one of the site
   */
  boolean opened(SiteName site, WireConnection connection) {
    if (closing) {
      connection.close(
          refusal(RefusalCode.REFUSAL_CODE_SHUTTING_DOWN, "the coordinator is stopping"));
      return false;
    }
    Link link = new Link(connection);
    open.put(connection, link);
    Link older = links.put(site, link);
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
    Link link = open.remove(connection);
    if (link != null) {
      count(link);
    }
    return isCurrent(site, connection) && links.remove(site) != null;
  }

  /** From now on a site that connects is told that the coordinator is stopping. */
  void admitNoMore() {
    closing = true;
  }

  /** Whether the coordinator is stopping. */
  boolean admitsNoMore() {
    return closing;
  }

  /** Whether the connection is the one that speaks for its site. */
  boolean isCurrent(SiteName site, WireConnection connection) {
    Link link = links.get(site);
    return link != null && link.connection == connection;
  }

  /** The names of the sites that are connected, in a set of their own. */
  SortedSet<SiteName> names() {
    return new TreeSet<>(links.keySet());
  }

  /** Sends a message; returns false if the site is not connected. */
  boolean send(SiteName site, Envelope message) {
    Link link = links.get(site);
    if (link == null || !link.connection.isOpen()) {
      return false;
    }
    link.connection.send(message);
    return true;
  }

  /** Sends chunks of a run's model, in place of any that are still being sent to the site. */
  void sendModel(String runId, SiteName site, TaskId task, ModelReference model, ChunkSet lacking) {
    Link link = links.get(site);
    if (link == null) {
      return;
    }
    boolean unusedCancelled = link.transfer.cancel(false);
    if (lacking.isEmpty()) {
      return;
    }
    ChunkSource source = ChunkSource.ofFile(model.weights(), model.manifest());
    link.transferRunId = runId;
    link.transfer = link.connection.sendChunks(task, source, lacking);
    var unused =
        link.transfer.exceptionally(
            failure -> {
              LOG.debug("task={} site={} model not sent: {}", task, site, failure.toString());
              return null;
            });
  }

  /** Stops sending a run's model to the site; another run's is sent on. */
  void stopModel(String runId, SiteName site) {
    Link link = links.get(site);
    if (link != null && link.transferRunId.equals(runId)) {
      boolean unusedCancelled = link.transfer.cancel(false);
    }
  }

  /** Closes the site's connection because it broke the protocol. */
  void refuse(SiteName site, RefusalCode code, String reason) {
    Link link = links.get(site);
    if (link != null) {
      link.connection.close(refusal(code, reason));
    }
  }

  /** Closes the site's connection through no fault of its own: it comes back. */
  void disconnect(SiteName site, String reason) {
    Link link = links.get(site);
    if (link != null) {
      link.connection.close(reason);
    }
  }

  /** From now on a site's bytes are counted for this run, until another run's turn comes. */
  void countFor(String runId, SiteName site) {
    Link link = links.get(site);
    if (link == null || link.payingRunId.equals(runId)) {
      return;
    }
    if (!link.payingRunId.isEmpty()) {
      count(link);
    }
    link.payingRunId = runId;
  }

  private void count(Link link) {
    Account account = accounts.computeIfAbsent(link.payingRunId, runId -> new Account());
    long up = link.connection.bytesReceived();
    long down = link.connection.bytesSent();
    account.bytesUp += up - link.countedUp;
    account.bytesDown += down - link.countedDown;
    link.countedUp = up;
    link.countedDown = down;
  }

  private Account account(String runId) {
    List<Link> paying = new ArrayList<>(open.values());
    paying.removeIf(link -> !link.payingRunId.equals(runId));
    paying.forEach(this::count);
    return accounts.getOrDefault(runId, new Account());
  }

  /** Bytes received so far from sites while they worked for a run. */
  long bytesUp(String runId) {
    return account(runId).bytesUp;
  }

  /** Bytes sent so far to sites while they worked for a run. */
  long bytesDown(String runId) {
    return account(runId).bytesDown;
  }

  /** Forgets what was counted for a run. */
  void forget(String runId) {
    accounts.remove(runId);
  }

  private static Refusal refusal(RefusalCode code, String reason) {
    return Refusal.newBuilder().setCode(code).setReason(reason).build();
  }
}
