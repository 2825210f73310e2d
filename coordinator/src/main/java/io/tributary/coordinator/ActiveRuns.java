package io.tributary.coordinator;

import io.tributary.common.tls.SiteName;
import io.tributary.coordinator.job.Timer;
import io.tributary.coordinator.ledger.Ledger;
import io.tributary.coordinator.store.SpoolUploadStore;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;

/**
 * The runs that are being worked on side by side, and the sites that they share: tells each run
 * which sites it may use now. Confined to the owner's thread, but for {@link #uploads}.
 */
final class ActiveRuns {
  /** How long a run may have the turn, and see every site, without beginning anything. */
  static final long TURN_MILLIS = 2_000;

  private final Executor owner;
  private final Timer timer;
  private final SiteLeases leases;
  private final Map<String, ActiveRun> byId = new LinkedHashMap<>();
  private final Map<String, SpoolUploadStore> spools = new ConcurrentHashMap<>();
  private boolean settlePosted;
  private Optional<Runnable> turnTimer = Optional.empty();

  ActiveRuns(Executor owner, Timer timer, SiteLeases leases) {
    this.owner = owner;
    this.timer = timer;
    this.leases = leases;
  }

  /** A run is taken up; sites that owe it a task are its own. */
  void add(ActiveRun run, Ledger ledger) {
    byId.put(run.runId(), run);
    spools.put(run.runId(), run.uploads());
    leases.join(run.runId());
    run.restoreLeases(ledger, leases);
  }

  /** A run is not worked on any more. */
  void remove(ActiveRun run) {
    byId.remove(run.runId());
    spools.remove(run.runId());
    leases.leave(run.runId());
    settle();
  }

  Optional<ActiveRun> find(String runId) {
    return Optional.ofNullable(byId.get(runId));
  }

  /** All, oldest first. */
  Collection<ActiveRun> all() {
    return List.copyOf(byId.values());
  }

  int count() {
    return byId.size();
  }

  /** Where a run's chunks go; may be asked on any thread. */
  Optional<SpoolUploadStore> uploads(String runId) {
    return Optional.ofNullable(spools.get(runId));
  }

  /** A site is there, or there again. */
  void connected(SiteName site) {
    leases.connected(site);
    settle();
  }

  /** A site is gone. */
  void disconnected(SiteName site) {
    leases.disconnected(site);
    settle();
  }

  /** Leases have changed in the middle of a run's step: {@link #settle} when the step is over. */
  void leasesChanged() {
    if (!settlePosted) {
      settlePosted = true;
      owner.execute(
          () -> {
            settlePosted = false;
            settle();
          });
    }
  }

  /** Tells every run what has changed for it. Never called from within a run's step. */
  void settle() {
    List<SiteLeases.Change> changes = leases.settle();
    while (!changes.isEmpty()) { // ends: only an offer moves the turn, and there are so many sites
      changes.forEach(this::tell);
      changes = leases.settle();
    }
    byId.values().forEach(run -> run.timer().standStill(leases.isHeldUp(run.runId())));
    watchTurn();
  }

  private void tell(SiteLeases.Change change) {
    change
        .lostBy()
        .flatMap(this::find)
        .ifPresent(run -> run.runner().siteDisconnected(change.site()));
    change
        .gainedBy()
        .flatMap(this::find)
        .ifPresent(run -> run.runner().siteConnected(change.site()));
  }

  /** While several runs share the sites, a look now and then keeps any of them from waiting. */
  private void watchTurn() {
    if (!leases.isContended()) {
      turnTimer.ifPresent(Runnable::run);
      turnTimer = Optional.empty();
    } else if (turnTimer.isEmpty()) {
      boolean idleBefore = leases.isIdleTurn();
      turnTimer =
          Optional.of(
              timer.schedule(timer.nowMillis() + TURN_MILLIS, () -> lookAtTurn(idleBefore)));
    }
  }

  private void lookAtTurn(boolean idleBefore) {
    turnTimer = Optional.empty();
    leases.keep(
        (runId, site) -> find(runId).filter(run -> run.runner().worksFor(site)).isPresent());
    if (idleBefore && leases.isIdleTurn()) {
      leases.passTurn();
    }
    settle();
  }
}
