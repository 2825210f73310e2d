package io.tributary.simulation.faults;

import io.tributary.common.store.CrashMoment;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.WireLimits;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.coordinator.ledger.Ledger;
import io.tributary.coordinator.ledger.ModelRow;
import io.tributary.coordinator.ledger.RunRow;
import io.tributary.coordinator.ledger.RunState;
import io.tributary.simulation.faults.Violation.Promise;
import io.tributary.simulation.faults.net.FakeLink;
import io.tributary.simulation.faults.net.FakeLink.Way;
import io.tributary.simulation.faults.net.FakeNetwork;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/**
 * A federation in one thread: the real coordinator and the real sites under a fake clock, network
 * and disk, everything that goes wrong drawn from one seed, every promise checked after every
 * event.
 *
 * <pre>
 *   {@link Schedule} ──► events ──► {@link SimulatedCoordinator}, {@link SimulatedSite}s
 *                          │            (die, come back, are cut off, run out of disk …)
 *                          └── after each ──► {@link Promises} ──► {@link Verdict}
 * </pre>
 *
 * <p>After {@link Schedule#calmAfterMillis} nothing goes wrong any more; then the run must end, and
 * the sites must get what they were promised, within a bounded virtual time and a bounded number of
 * events.
 */
public final class Simulation {
  /** Small, so that an update is a few chunks. */
  static final WireLimits LIMITS =
      new WireLimits(
          1 << 20, 16_384, 1_024, 1 << 20, 1L << 30, 16_384, 5_000, 2_000, 10_000, 2_000, 1 << 20,
          1 << 19, 4 << 20, 8, 64, 16);

  /** Longest that a round may take once nothing goes wrong any more, over all its attempts. */
  private static final long ROUND_BOUND_MILLIS = 500_000;

  /** Longest that sites may need to settle once the run has ended and nothing goes wrong. */
  private static final long SETTLE_BOUND_MILLIS = 120_000;

  private static final long SETTLE_CHECK_MILLIS = 1_000;
  private static final long RESUME_AGAIN_MILLIS = 3_000;
  private static final long MAX_EVENTS = 400_000;

  final Schedule schedule;
  final Build build;
  final EventQueue events;
  final FakeNetwork network;
  final FakeNotary notary = new FakeNotary();
  final Oracle oracle;
  final Ledger rows;
  private final Trace trace;
  private final SimulatedCoordinator coordinator;
  private final List<SimulatedSite> sites = new ArrayList<>();
  private final List<SimulatedHost> hosts = new ArrayList<>();
  private final Promises promises;
  private Violation violation; // the first
  private boolean calm;
  private int deaths;

  private Simulation(Schedule schedule, Build build, int traceLines) {
    this.schedule = schedule;
    this.build = build;
    this.trace = new Trace(traceLines);
    this.events = new EventQueue(new SplittableRandom(~schedule.seed()));
    this.network = new FakeNetwork(events, LIMITS, new Watch());
    this.rows = build.ledger();
    this.oracle = new Oracle(schedule.job(), LIMITS.chunkBytes());
    this.coordinator = new SimulatedCoordinator(this, deaths(0), diskErrors(0), ledgerErrors());
    hosts.add(coordinator);
    for (int i = 1; i <= schedule.sites(); i++) {
      addSite("site-" + i, Schedule.site(i), deaths(i), diskErrors(i));
    }
    if (schedule.twin()) {
      addSite("site-1-twin", Schedule.site(1), List.of(), List.of());
    }
    this.promises = new Promises(this, coordinator.disk, sites);
  }

  private void addSite(
      String name, SiteName site, List<Fault.Death> deaths, List<Integer> diskErrors) {
    SimulatedSite added = new SimulatedSite(this, name, site, deaths, diskErrors);
    sites.add(added);
    hosts.add(added);
  }

  /** Plays the schedule of a seed. */
  public static Verdict run(long seed) {
    return run(Schedule.of(seed), Build.SOUND, 0);
  }

  /**
   * Plays a schedule.
   *
   * @param traceLines how many of the last lines of what happens are kept; 0 for none
   */
  public static Verdict run(Schedule schedule, Build build, int traceLines) {
    return new Simulation(schedule, build, traceLines).play();
  }

  private Verdict play() {
    scheduleFaults();
    for (SimulatedHost host : hosts) {
      events.after(host == coordinator ? 0 : events.random().nextInt(3_000), host::boot);
    }
    long fingerprint = schedule.seed();
    try {
      long calmAt = schedule.calmAfterMillis();
      events.at(calmAt, this::calm);
      long end = calmAt + schedule.job().rounds() * ROUND_BOUND_MILLIS;
      while (!(calm && ended())) {
        fingerprint = step(fingerprint);
        if (events.nowMillis() > end) {
          throw new Violation(
              Promise.ROUND_ENDS,
              "the run has not ended " + (end - calmAt) + " ms after the last fault: " + outcome());
        }
      }
      settle(fingerprint);
    } catch (Violation broken) {
      report(broken);
    }
    return verdict(fingerprint);
  }

  private long step(long fingerprint) {
    if (events.ran() > MAX_EVENTS) {
      throw new Violation(Promise.ROUND_ENDS, "more than " + MAX_EVENTS + " events: " + outcome());
    }
    if (!events.step()) {
      throw new Violation(Promise.ROUND_ENDS, "nothing is left to happen: " + outcome());
    }
    for (SimulatedHost host : hosts) {
      host.reap();
    }
    promises.check();
    if (violation != null) {
      throw violation;
    }
    return Oracle.mix(fingerprint, events.nowMillis());
  }

  private void settle(long before) {
    long fingerprint = before;
    long end = events.nowMillis() + SETTLE_BOUND_MILLIS;
    // What a site could not keep while its disk was full, it asks for when it connects again; what
    // it could not delete, it deletes when it starts again.
    links().forEach(FakeLink::cut);
    for (SimulatedSite site : sites) {
      if (!diskErrors(hosts.indexOf(site)).isEmpty() && site.isUp()) {
        site.process().end(FakeProcess.Death.EXITED);
      }
    }
    while (true) {
      Optional<Violation> unsettled = promises.unsettled(run().orElseThrow());
      if (unsettled.isEmpty()) {
        break;
      }
      if (events.nowMillis() > end) {
        throw unsettled.get();
      }
      long next = events.nowMillis() + SETTLE_CHECK_MILLIS;
      events.at(next, () -> {});
      while (events.nowMillis() < next) {
        fingerprint = step(fingerprint);
      }
    }
    for (SimulatedHost host : hosts) {
      if (host.isUp()) {
        checkDefects(host.process());
      }
    }
    promises.checkAtEnd(run().orElseThrow());
  }

  // ---- what goes wrong ----

  private void scheduleFaults() {
    for (Fault fault : schedule.faults()) {
      if (fault instanceof Fault.Partition partition) {
        FakeLink link = network.link(Schedule.site(partition.site()));
        at(partition.atMillis(), fault, () -> block(link, partition.up(), partition.down()));
        at(partition.atMillis() + partition.millis(), "healed", link::heal);
      } else if (fault instanceof Fault.CutOff cutOff) {
        at(cutOff.atMillis(), fault, () -> links().forEach(link -> block(link, true, true)));
        at(cutOff.atMillis() + cutOff.millis(), "healed", () -> links().forEach(FakeLink::heal));
      } else if (fault instanceof Fault.Cut cut) {
        at(cut.atMillis(), fault, network.link(Schedule.site(cut.site()))::cut);
      } else if (fault instanceof Fault.SlowLine slow) {
        FakeLink link = network.link(Schedule.site(slow.site()));
        at(slow.atMillis(), fault, () -> link.speed(1, slow.latencyMillis(), slow.bytesPerMilli()));
        at(slow.atMillis() + slow.millis(), "fast again", link::fast);
      } else if (fault instanceof Fault.FullDisk full) {
        SimulatedHost host = hosts.get(full.host());
        at(
            full.atMillis(),
            fault,
            () -> host.disk.setCapacityBytes(host.disk.usedBytes() + full.roomBytes()));
        at(
            full.atMillis() + full.millis(),
            "room again",
            () -> host.disk.setCapacityBytes(Long.MAX_VALUE));
      } else if (fault instanceof Fault.Stall stall) {
        SimulatedHost host = hosts.get(stall.host());
        at(
            stall.atMillis(),
            fault,
            () -> {
              if (host.isUp()) {
                host.process().stall(stall.millis());
              }
            });
      } else if (fault instanceof Fault.Pause pause) {
        at(pause.atMillis(), fault, () -> coordinator.ask(jobs -> jobs.pause(name())));
        at(pause.atMillis() + pause.millis(), "resumed", this::resume);
      } else if (fault instanceof Fault.ClockJump jump) {
        at(jump.atMillis(), fault, () -> hosts.get(jump.host()).clock.jump(jump.byMillis()));
      }
    }
  }

  /** Until it does: the coordinator may be down just then. */
  private void resume() {
    if (run().filter(run -> run.state() == RunState.PAUSED).isPresent()) {
      coordinator.ask(jobs -> jobs.resume(name()));
      events.after(RESUME_AGAIN_MILLIS, this::resume);
    }
  }

  private String name() {
    return schedule.job().name();
  }

  private void at(long millis, Object what, Runnable action) {
    events.at(
        millis,
        () -> {
          if (!calm) {
            trace(() -> "-- " + what);
            action.run();
          }
        });
  }

  /** A process of a host passes a moment for the n-th time in its life. */
  void passed(SimulatedHost host, CrashMoment moment, int count) {
    for (Fault fault : schedule.faults()) {
      if (fault instanceof Fault.PartitionAt at
          && !calm
          && at.moment() == moment
          && at.count() == count
          && hosts.get(at.host()) == host) {
        trace(() -> "-- " + fault);
        List<FakeLink> cut =
            at.site() == 0 ? links() : List.of(network.link(Schedule.site(at.site())));
        cut.forEach(link -> block(link, at.up(), at.down()));
        at(events.nowMillis() + at.millis(), "healed", () -> cut.forEach(FakeLink::heal));
      }
    }
  }

  private static void block(FakeLink link, boolean up, boolean down) {
    if (up) {
      link.block(Way.UP);
    }
    if (down) {
      link.block(Way.DOWN);
    }
  }

  private List<FakeLink> links() {
    return sites.stream().map(site -> network.link(site.site)).distinct().toList();
  }

  private void calm() {
    trace(() -> "-- calm");
    calm = true;
    links().forEach(FakeLink::heal);
    links().forEach(FakeLink::fast);
    hosts.forEach(SimulatedHost::calm);
    resume();
    events.after(RESUME_AGAIN_MILLIS, this::resume); // a pause that was on its way
  }

  boolean isCalm() {
    return calm;
  }

  private List<Fault.Death> deaths(int host) {
    return schedule.faults().stream()
        .filter(fault -> fault instanceof Fault.Death death && death.host() == host)
        .map(Fault.Death.class::cast)
        .toList();
  }

  private List<Integer> diskErrors(int host) {
    return schedule.faults().stream()
        .filter(fault -> fault instanceof Fault.DiskError error && error.host() == host)
        .map(fault -> ((Fault.DiskError) fault).change())
        .toList();
  }

  private List<Integer> ledgerErrors() {
    return schedule.faults().stream()
        .filter(Fault.LedgerError.class::isInstance)
        .map(fault -> ((Fault.LedgerError) fault).transaction())
        .toList();
  }

  // ---- what is seen ----

  /** Sees messages; the coordinator's are promises from the moment they are sent. */
  private final class Watch implements FakeNetwork.Watch {
    @Override
    public void trace(Supplier<String> line) {
      Simulation.this.trace(line);
    }

    @Override
    public void sent(SiteName site, Way way, Envelope message) {
      if (way == Way.DOWN) {
        try {
          promises.told(site, message);
        } catch (Violation broken) {
          report(broken);
        }
      }
    }
  }

  void trace(Supplier<String> line) {
    trace.add(events.nowMillis(), line);
  }

  void ledgerChanged() {
    promises.ledgerChanged();
  }

  void diskChanged() {
    promises.diskChanged();
  }

  void died() {
    deaths++;
  }

  /** Remembers the first violation; the simulation ends after this event. */
  void report(Violation broken) {
    if (violation == null) {
      violation = broken;
      trace(() -> "VIOLATION " + broken.getMessage());
    }
  }

  /** A process gives up by itself: it may when its disk or ledger fails, and never to lose data. */
  void checkMayFail(SimulatedHost host, Throwable cause) {
    if (!promises.mayFail(hosts.indexOf(host), cause, calm)) {
      report(new Violation(Promise.STARTS_AGAIN, host + " failed: " + cause, cause));
    }
  }

  void checkDefects(FakeProcess process) {
    if (!process.defects().isEmpty()) {
      Throwable first = process.defects().get(0);
      report(new Violation(Promise.NO_DEFECT, process + ": " + first, first));
    }
  }

  private Optional<RunRow> run() {
    return rows.runs().stream().findFirst();
  }

  private boolean ended() {
    return run().filter(run -> run.state().isEnded()).isPresent();
  }

  private String outcome() {
    return run()
        .map(
            run ->
                "run is %s (%s) with %d models"
                    .formatted(run.state(), run.reason(), rows.models(run.runId()).size()))
        .orElse("there is no run");
  }

  private Verdict verdict(long fingerprint) {
    Optional<ModelRow> head = run().flatMap(run -> rows.head(run.runId()));
    return new Verdict(
        schedule,
        Optional.ofNullable(violation),
        outcome(),
        head.map(ModelRow::round).orElse(0),
        head.map(ModelRow::digest).orElse(""),
        events.ran(),
        deaths,
        fingerprint,
        trace.lines());
  }
}
