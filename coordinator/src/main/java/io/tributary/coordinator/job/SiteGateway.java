package io.tributary.coordinator.job;

import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.ChunkSet;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.RefusalCode;

/** How a job reaches its sites: Netty connections, or fake sites in a test. Never blocks. */
public interface SiteGateway {
  /** Sends a message; returns false if the site is not connected. */
  boolean send(SiteName site, Envelope message);

  /** Sends chunks of a model, in place of any that are still being sent to the site. */
  void sendModel(SiteName site, TaskId task, ModelReference model, ChunkSet lacking);

  /** Stops sending model chunks to the site. */
  void stopModel(SiteName site);

  /** Closes the site's connection because it broke the protocol. */
  void refuse(SiteName site, RefusalCode code, String reason);

  /**
   * Closes the site's connection through no fault of its own: it comes back and goes on where it
   * stood.
   */
  void disconnect(SiteName site, String reason);

  /** Sends a message to every connected site and closes nothing. */
  void broadcast(Envelope message);

  /** Bytes received from all sites so far. */
  long bytesUp();

  /** Bytes sent to all sites so far. */
  long bytesDown();
}
