package io.tributary.coordinator;

import io.netty.buffer.ByteBuf;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.ProtocolException;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.WireConnection;
import io.tributary.common.wire.WireListener;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.Refusal;
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
  private final SiteRouter router;
  private final ReadingBudget budget;
  private ReadingBound bound; // set in opened, before anything else is called

  SiteListener(SiteName site, SiteRouter router, ReadingBudget budget) {
    this.site = site;
    this.router = router;
    this.budget = budget;
  }

  @Override
  public void opened(WireConnection connection) {
    bound = new ReadingBound(connection, budget);
    LOG.info("site={} connected from {}", site, connection.remoteAddress());
    router.owner().execute(() -> router.opened(site, connection));
  }

  @Override
  public void control(WireConnection connection, Envelope message) {
    int bytes = message.getSerializedSize();
    bound.enter(bytes);
    router
        .owner()
        .execute(
            () -> {
              try {
                router.received(site, connection, message);
              } finally {
                bound.leave(bytes);
              }
            });
  }

  @Override
  public void chunk(WireConnection connection, TaskId task, int index, ByteBuf data) {
    int bytes = data.readableBytes();
    bound.enter(bytes);
    var unused =
        router
            .chunk(site, task, index, data)
            .whenComplete(
                (nothing, failure) -> {
                  bound.leave(bytes);
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
    router.owner().execute(() -> router.closed(site, connection));
  }
}
