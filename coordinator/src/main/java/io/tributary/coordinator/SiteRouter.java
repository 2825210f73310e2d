package io.tributary.coordinator;

import io.netty.buffer.ByteBuf;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.ProtocolException;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.WireConnection;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.TaskKey;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings what sites send to the run that it is about. Confined to the owner's thread. */
final class SiteRouter {
  private static final Logger LOG = LoggerFactory.getLogger(SiteRouter.class);

  private final Executor owner;
  private final ConnectedSites sites;
  private final ActiveRuns runs;
  private final Farewells farewells;
  private final ClosedRuns closedRuns;

  SiteRouter(
      Executor owner,
      ConnectedSites sites,
      ActiveRuns runs,
      Farewells farewells,
      ClosedRuns closedRuns) {
    this.owner = owner;
    this.sites = sites;
    this.runs = runs;
    this.farewells = farewells;
    this.closedRuns = closedRuns;
  }

  /** The owner's executor. */
  Executor owner() {
    return owner;
  }

  void opened(SiteName site, WireConnection connection) {
    if (sites.opened(site, connection)) {
      runs.disconnected(site);
    }
    if (sites.isCurrent(site, connection)) {
      for (Envelope entry : closedRuns.newestEntries()) { // before a farewell, which may end a site
        boolean unusedSent = sites.send(site, entry);
      }
      if (runs.count() == 0) { // otherwise it is not done here, and hears of that run's end
        farewells.connected(site, sites);
      }
      runs.connected(site);
    }
  }

  void closed(SiteName site, WireConnection connection) {
    if (sites.closed(site, connection)) {
      runs.disconnected(site);
    }
  }

  void received(SiteName site, WireConnection connection, Envelope message) {
    if (!sites.isCurrent(site, connection)) {
      return;
    }
    runs.settle(); // what timers and disk work have changed is told before what a site says
    try {
      if (message.hasLogRequest()) {
        entries(site, message);
      } else {
        ofTask(site, TaskId.fromProto(keyOf(message)), message);
      }
      runs.settle();
    } catch (ProtocolException e) {
      LOG.warn("site={} broke the protocol: {}", site, e.getMessage());
      sites.refuse(site, e.code(), e.getMessage());
    }
  }

  private void ofTask(SiteName site, TaskId task, Envelope message) {
    Optional<ActiveRun> run = runs.find(task.runId());
    if (run.isEmpty()) {
      boolean unusedSent = sites.send(site, closedRuns.outcome(site, task));
      return;
    }
    run.get().runner().received(site, message);
    if (message.hasTaskAnswer() && message.getTaskAnswer().hasRefused()) {
      run.get().gateway().ended(site, task); // the run tells the site nothing more about it
    }
  }

  private void entries(SiteName site, Envelope request) {
    Optional<ActiveRun> run = runs.find(request.getLogRequest().getRunId());
    if (run.isPresent()) {
      run.get().runner().received(site, request);
    } else {
      closedRuns.entries(request.getLogRequest()).ifPresent(found -> sites.send(site, found));
    }
  }

  /** Spools a chunk; on any thread. One of a run that is not worked on is ignored. */
  CompletableFuture<Void> chunk(SiteName site, TaskId task, int index, ByteBuf data) {
    return runs.uploads(task.runId())
        .map(uploads -> uploads.chunk(site, task, index, data))
        .orElseGet(() -> CompletableFuture.completedFuture(null));
  }

  private static TaskKey keyOf(Envelope message) {
    return switch (message.getMessageCase()) {
      case TASK_ANSWER -> message.getTaskAnswer().getKey();
      case TASK_PROGRESS -> message.getTaskProgress().getKey();
      case UPLOAD_OFFER -> message.getUploadOffer().getKey();
      case UPLOAD_COMMIT -> message.getUploadCommit().getKey();
      case EVALUATION_REPORT -> message.getEvaluationReport().getKey();
      default ->
          throw new ProtocolException(
              "a coordinator takes no " + message.getMessageCase() + " from a site");
    };
  }
}
