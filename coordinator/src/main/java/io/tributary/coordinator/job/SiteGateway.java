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

  /** Sends a last message to every site and closes. */
  void closeAll(Envelope last, String reason);

  /** Bytes received from all sites so far. */
  long bytesUp();

  /** Bytes sent to all sites so far. */
  long bytesDown();
}
