package io.tributary.coordinator;

import io.netty.buffer.ByteBuf;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.ProtocolException;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.WireConnection;
import io.tributary.common.wire.WireListener;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.Refusal;
import io.tributary.coordinator.job.JobRunner;
import io.tributary.coordinator.store.SpoolUploadStore;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One site's connection as the wire sees it: hands messages to the owner's thread and chunks to the
 * spool, and keeps both to a {@link ReadingBound}.
 */
final class SiteListener implements WireListener {
  private static final Logger LOG = LoggerFactory.getLogger(SiteListener.class);

  private final SiteName site;
  private final OwnerThread owner;
  private final ConnectedSites sites;
  private final SpoolUploadStore uploads;
  private final JobRunner runner;
  private ReadingBound bound; // set in opened, before anything else is called

  SiteListener(
      SiteName site,
      OwnerThread owner,
      ConnectedSites sites,
      SpoolUploadStore uploads,
      JobRunner runner) {
    this.site = site;
    this.owner = owner;
    this.sites = sites;
    this.uploads = uploads;
    this.runner = runner;
  }

  @Override
  public void opened(WireConnection connection) {
    bound = new ReadingBound(connection);
    LOG.info("site={} connected from {}", site, connection.remoteAddress());
    owner.execute(
        () -> {
          if (sites.opened(site, connection)) {
            runner.siteDisconnected(site);
          }
          if (sites.isCurrent(site, connection)) {
            runner.siteConnected(site);
          }
        });
  }

  @Override
  public void control(WireConnection connection, Envelope message) {
    bound.enter();
    owner.execute(
        () -> {
          try {
            if (sites.isCurrent(site, connection)) {
              runner.received(site, message);
            }
          } finally {
            bound.leave();
          }
        });
  }

  @Override
  public void chunk(WireConnection connection, TaskId task, int index, ByteBuf data) {
    bound.enter();
    var unused =
        uploads
            .chunk(site, task, index, data)
            .whenComplete(
                (nothing, failure) -> {
                  bound.leave();
                  if (failure != null) {
                    closeFor(connection, task, failure);
                  }
                });
  }

  private void closeFor(WireConnection connection, TaskId task, Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    LOG.warn("task={} site={} chunk not taken: {}", task, site, cause.toString());
    if (cause instanceof ProtocolException broken) {
      connection.close(
          Refusal.newBuilder().setCode(broken.code()).setReason(broken.getMessage()).build());
    } else {
      connection.close("the chunk could not be spooled"); // the site resumes when it is back
    }
  }

  @Override
  public void closed(WireConnection connection, String reason) {
    LOG.info("site={} disconnected: {}", site, reason);
    owner.execute(
        () -> {
          if (sites.closed(site, connection)) {
            runner.siteDisconnected(site);
          }
        });
  }
}
