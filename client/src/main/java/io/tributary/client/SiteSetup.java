package io.tributary.client;

import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.WireLimits;
import java.util.Objects;

/**
 * How a {@link SiteCore} behaves: plain values only.
 *
 * @param site this site's name, as its certificate says
 * @param policy what a coordinator may ask of it
 * @param training what it chooses of its own training
 * @param reconnect waits between attempts to connect
 * @param limits bounds of the wire
 * @param sessionBounds how long it waits for the coordinator
 * @param untilDone whether the coordinator's farewell ends it; otherwise it stays in service
 * @param jitterSeed of the waits before reconnecting; the site's name is mixed in
 */
public record SiteSetup(
    SiteName site,
    SitePolicy policy,
    SiteTraining training,
    ReconnectBounds reconnect,
    WireLimits limits,
    SessionBounds sessionBounds,
    boolean untilDone,
    long jitterSeed) {
  /** Trains as jobs say. */
  public SiteSetup(
      SiteName site,
      SitePolicy policy,
      ReconnectBounds reconnect,
      WireLimits limits,
      SessionBounds sessionBounds,
      boolean untilDone,
      long jitterSeed) {
    this(
        site,
        policy,
        SiteTraining.AS_THE_JOB_SAYS,
        reconnect,
        limits,
        sessionBounds,
        untilDone,
        jitterSeed);
  }

  /** Checks that everything is there. */
  public SiteSetup {
    Objects.requireNonNull(site, "site");
    Objects.requireNonNull(policy, "policy");
    Objects.requireNonNull(training, "training");
    Objects.requireNonNull(reconnect, "reconnect");
    Objects.requireNonNull(limits, "limits");
    Objects.requireNonNull(sessionBounds, "sessionBounds");
  }
}
