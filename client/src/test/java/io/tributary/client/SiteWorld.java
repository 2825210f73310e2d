package io.tributary.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.client.train.TaskCancelledException;
import io.tributary.client.train.TaskControl;
import io.tributary.common.notary.CertifiedVerifier;
import io.tributary.common.store.CrashMoment;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.WireConnection;
import io.tributary.common.wire.WireLimits;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * One {@link SiteCore} and one {@link ScriptedCoordinator} without threads, sockets or real time:
 * everything happens in {@link #run}, in one order. A killed site is started again on its home.
 */
final class SiteWorld {
  static final SiteName SITE = new SiteName("north");

  private static final int MAX_STEPS = 200_000;

  /** What a crash point throws: nothing catches it but this world. */
  static final class Killed extends Error {
    private static final long serialVersionUID = 1L;

    Killed(CrashMoment moment) {
      super("killed at " + moment);
    }
  }

  private record Due(long atMillis, long order, Runnable action) {}

  final MutableClock clock = new MutableClock();
  final FakeTrainer trainer = new FakeTrainer();
  final List<CrashMoment> reached = new ArrayList<>();
  final ScriptedCoordinator coordinator;

  private final Path home;
  private final WireLimits limits;
  private final TestFederation federation;
  private final Queue<Runnable> network = new ArrayDeque<>();
  private Incarnation site;
  private Optional<CrashMoment> fatal = Optional.empty();
  private boolean untilDone;
  private int starts;

  SiteWorld(Path directory) {
    this(directory, TestJobs.LIMITS);
  }

  SiteWorld(Path directory, WireLimits limits) {
    this.home = directory.resolve("home");
    this.limits = limits;
    this.federation = new TestFederation(directory.resolve("certificates"));
    this.coordinator = new ScriptedCoordinator(federation.notary(), limits, network::add);
  }

  Path home() {
    return home;
  }

  int starts() {
    return starts;
  }

  SiteCore core() {
    return site.core;
  }

  CertifiedVerifier verifier() {
    return new CertifiedVerifier(federation.root());
  }

  void untilDone() {
    untilDone = true;
  }

  /** The next time this moment comes, the site dies. */
  void killAt(CrashMoment moment) {
    fatal = Optional.of(moment);
  }

  /** Starts the site; one that runs already is killed. */
  void start() {
    if (site != null) {
      coordinator.siteIsGone();
    }
    starts++;
    site = new Incarnation();
    site.open();
  }

  /** Goes on until the condition holds. */
  void run(BooleanSupplier until) {
    for (int step = 0; !until.getAsBoolean(); step++) {
      assertThat(step).as("steps without an end; last moments %s", reached).isLessThan(MAX_STEPS);
      try {
        step();
      } catch (Killed killed) {
        start();
      }
    }
  }

  /** Goes on until nothing is left but waiting. */
  void settle() {
    while (site.hasWork() || !network.isEmpty()) {
      try {
        step();
      } catch (Killed killed) {
        start();
      }
    }
  }

  private void step() {
    if (!site.agent.isEmpty()) {
      site.agent.remove().run();
    } else if (!network.isEmpty()) {
      network.remove().run();
    } else if (!site.bench.isEmpty()) {
      site.bench.remove().run();
    } else {
      Due due = site.timers.remove();
      clock.advance(Math.max(0, due.atMillis() - clock.millis()));
      due.action().run();
    }
  }

  /** One process of the site: what dies with it. */
  private final class Incarnation {
    private final Queue<Runnable> agent = new ArrayDeque<>();
    private final Queue<Runnable> bench = new ArrayDeque<>();
    private final PriorityQueue<Due> timers =
        new PriorityQueue<>(Comparator.comparing(Due::atMillis).thenComparing(Due::order));
    private long order;
    private SiteCore core;

    void open() {
      SiteSetup setup =
          new SiteSetup(
              SITE,
              SitePolicy.DEFAULT,
              new ReconnectBounds(10L, 100L),
              limits,
              new SessionBounds(2_000, 64),
              untilDone,
              1);
      SitePorts ports =
          new SitePorts(
              agent::add,
              this::schedule,
              listener -> {
                CompletableFuture<WireConnection> dialed = new CompletableFuture<>();
                network.add(
                    () -> {
                      if (site == this && !dialed.isDone()) {
                        FakeWire wire = coordinator.accept(listener);
                        listener.opened(wire);
                        dialed.complete(wire);
                      }
                    });
                return dialed;
              },
              new Bench(),
              clock,
              verifier(),
              this::reached);
      core = SiteCore.open(setup, trainer, home, ports);
      core.start();
    }

    boolean hasWork() {
      return !agent.isEmpty() || !bench.isEmpty();
    }

    private void reached(CrashMoment moment) {
      reached.add(moment);
      if (fatal.filter(moment::equals).isPresent()) {
        fatal = Optional.empty();
        throw new Killed(moment);
      }
    }

    private Runnable schedule(long delayMillis, Runnable action) {
      Due due = new Due(clock.millis() + delayMillis, order++, action);
      timers.add(due);
      return () -> timers.remove(due);
    }

    /** Runs work in its own turn, to its end at once. */
    private final class Bench implements WorkBench {
      @Override
      public <R> Ticket submit(
          String name, Work<R> work, ProgressListener progress, Consumer<Ending<R>> whenEnded) {
        boolean[] cancelled = new boolean[1];
        TaskControl control =
            new TaskControl() {
              @Override
              public void progress(long done, long total) {
                checkNotCancelled();
                progress.progress(done, total);
              }

              @Override
              public void checkNotCancelled() {
                if (cancelled[0]) {
                  throw new TaskCancelledException(name);
                }
              }
            };
        bench.add(() -> whenEnded.accept(ending(work, control)));
        return () -> cancelled[0] = true;
      }

      private <R> WorkBench.Ending<R> ending(Work<R> work, TaskControl control) {
        try {
          control.checkNotCancelled();
          return new Ending.Finished<>(work.run(control));
        } catch (TaskCancelledException e) {
          return new Ending.Cancelled<>();
        } catch (Exception e) {
          return new Ending.Refused<>(e.toString());
        }
      }
    }
  }
}
