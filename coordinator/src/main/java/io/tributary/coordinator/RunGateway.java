package io.tributary.coordinator;

import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.ChunkSet;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.RefusalCode;
import io.tributary.coordinator.job.ModelReference;
import io.tributary.coordinator.job.SiteGateway;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The sites as one run sees them: an offer leases the site to the run, the task's outcome frees it.
 * What the run tells a site about older tasks passes whoever the site works for. Confined to the
 * owner's thread.
 */
final class RunGateway implements SiteGateway {
  private final String runId;
  private final ConnectedSites sites;
  private final SiteLeases leases;
  private final Runnable leasesChanged;
  private final Farewells farewells;
  private final SortedSet<SiteName> participants = new TreeSet<>();

  /**
   * Makes one run's view.
   *
   * @param leasesChanged has {@link SiteLeases#settle} called when the run's step is over
   */
  RunGateway(
      String runId,
      ConnectedSites sites,
      SiteLeases leases,
      Runnable leasesChanged,
      Farewells farewells) {
    this.runId = runId;
    this.sites = sites;
    this.leases = leases;
    this.leasesChanged = leasesChanged;
    this.farewells = farewells;
  }

  @Override
  public boolean send(SiteName site, Envelope message) {
    if (message.hasTaskOffer()) {
      TaskId task = TaskId.fromProto(message.getTaskOffer().getKey());
      if (!leases.lease(runId, site, task)) {
        return false; // the run is about to hear that it does not see this site any more
      }
      leasesChanged.run();
      participants.add(site);
      sites.countFor(runId, site);
    }
    boolean sent = sites.send(site, message);
    if (message.hasTaskOutcome()) {
      ended(site, TaskId.fromProto(message.getTaskOutcome().getKey()));
    }
    return sent;
  }

  /** A task has ended, whether or not its site could be told. */
  void ended(SiteName site, TaskId task) {
    leases.release(runId, site, task);
    leasesChanged.run();
  }

  @Override
  public void sendModel(SiteName site, TaskId task, ModelReference model, ChunkSet lacking) {
    if (leases.mayUse(runId, site)) {
      sites.sendModel(runId, site, task, model, lacking);
    }
  }

  @Override
  public void stopModel(SiteName site) {
    sites.stopModel(runId, site);
  }

  @Override
  public void refuse(SiteName site, RefusalCode code, String reason) {
    sites.refuse(site, code, reason);
  }

  @Override
  public void disconnect(SiteName site, String reason) {
    sites.disconnect(site, reason);
  }

  /** Every site that has worked for this run, or may: sites of other runs have no part in it. */
  @Override
  public void broadcast(Envelope message) {
    SortedSet<SiteName> told = new TreeSet<>(participants);
    for (SiteName site : sites.names()) {
      if (leases.mayUse(runId, site)) {
        told.add(site);
      }
    }
    if (message.hasFarewell()) {
      farewells.say(told, message, sites);
    } else {
      told.forEach(site -> sites.send(site, message));
    }
  }

  @Override
  public long bytesUp() {
    return sites.bytesUp(runId);
  }

  @Override
  public long bytesDown() {
    return sites.bytesDown(runId);
  }

  /** The run is not worked on any more. */
  void forgetBytes() {
    sites.forget(runId);
  }
}
