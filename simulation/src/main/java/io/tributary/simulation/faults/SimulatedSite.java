package io.tributary.simulation.faults;

import io.tributary.client.AgentEnding;
import io.tributary.client.ReconnectBounds;
import io.tributary.client.SessionBounds;
import io.tributary.client.SiteCore;
import io.tributary.client.SitePolicy;
import io.tributary.client.SitePorts;
import io.tributary.client.SiteSetup;
import io.tributary.common.tls.SiteName;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/** A site: the real {@link SiteCore} on a simulated host. */
final class SimulatedSite extends SimulatedHost {
  private static final SessionBounds SESSION = new SessionBounds(20_000, 16);
  private static final ReconnectBounds RECONNECT = new ReconnectBounds(200L, 4_000L);
  private static final long SLOWEST_MILLIS = 8_000;
  private static final int STRAGGLING_ODDS = 12; // one piece of work in so many
  private static final int STRAGGLING_FACTOR = 8;

  final SiteName site;
  private final long usualMillis;
  private SiteCore core; // null while the host is down

  SimulatedSite(
      Simulation world,
      String name,
      SiteName site,
      List<Fault.Death> deaths,
      List<Integer> diskErrors) {
    super(world, name, deaths, diskErrors);
    this.site = site;
    this.usualMillis = 1 + world.events.random().nextLong(SLOWEST_MILLIS);
  }

  @Override
  void start(FakeProcess life, Path home) {
    Executor loop = life.thread();
    LongSupplier noise = world.schedule.noisy() ? () -> world.events.random().nextLong() : () -> 0;
    SitePorts ports =
        new SitePorts(
            life.thread(),
            life::later,
            listener -> world.network.dial(life, site, loop, listener),
            new FakeBench(life, this::durationMillis),
            clock,
            world.notary,
            crashPoint(life));
    SiteSetup setup =
        new SiteSetup(
            site,
            SitePolicy.DEFAULT,
            RECONNECT,
            Simulation.LIMITS,
            SESSION,
            false,
            world.schedule.seed());
    core = SiteCore.open(setup, new FakeTrainer(site, noise, world.oracle), home, ports);
    var unused =
        core.ending()
            .thenAccept(
                ending -> {
                  if (ending.kind() != AgentEnding.Kind.STOPPED) {
                    life.defects().add(new IllegalStateException("the site ended: " + ending));
                  }
                });
    core.start();
  }

  /** Mostly as usual, now and then much longer. */
  private long durationMillis() {
    boolean straggles = world.events.random().nextInt(STRAGGLING_ODDS) == 0;
    long factor = straggles && world.schedule.stragglers() ? STRAGGLING_FACTOR : 1;
    return factor * usualMillis * (50 + world.events.random().nextInt(100)) / 100;
  }

  @Override
  void stop(Runnable then) {
    SiteCore stopping = core;
    if (stopping == null) {
      then.run();
      return;
    }
    var unused = stopping.ending().thenCompose(ending -> stopping.left()).thenRun(then);
    stopping.stop();
  }

  @Override
  void dropped() {
    core = null;
  }
}
