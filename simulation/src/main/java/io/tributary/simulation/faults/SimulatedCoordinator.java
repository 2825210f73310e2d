package io.tributary.simulation.faults;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.tls.PeerIdentity;
import io.tributary.coordinator.CoordinatorCore;
import io.tributary.coordinator.JobDesk;
import io.tributary.coordinator.JobView;
import io.tributary.coordinator.job.Pace;
import io.tributary.coordinator.job.Timer;
import io.tributary.coordinator.ledger.LedgerException;
import io.tributary.coordinator.store.SpoolEncryption;
import io.tributary.simulation.faults.Fault.Trigger;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Function;

/** The coordinator: the real {@link CoordinatorCore} on a simulated host, and its operator. */
final class SimulatedCoordinator extends SimulatedHost {
  private static final Pace PACE = new Pace(250, 500, 60_000);

  /** Beside the home: on another disk in earnest. */
  private static final String WRAPPING_KEY = "wrapping.key";

  private final Set<Integer> ledgerErrors;
  private CoordinatorCore core; // null while the host is down
  private int transactions; // in this life
  private int transactionsOfAllLives;

  SimulatedCoordinator(
      Simulation world,
      List<Fault.Death> deaths,
      List<Integer> diskErrors,
      List<Integer> ledgerErrors) {
    super(world, "coordinator", deaths, diskErrors);
    install(WRAPPING_KEY, new byte[SpoolEncryption.WRAPPING_KEY_BYTES]);
    this.ledgerErrors = new HashSet<>(ledgerErrors);
  }

  @Override
  void start(FakeProcess life, Path home) {
    transactions = 0;
    Executor thread = life.thread();
    Executor owner = task -> thread.execute(() -> guarded(life, task));
    Timer timer =
        new Timer() {
          @Override
          public long nowMillis() {
            return world.events.nowMillis();
          }

          @Override
          public Runnable schedule(long atMillis, Runnable task) {
            return life.later(atMillis - nowMillis(), () -> guarded(life, task));
          }
        };
    CoordinatorCore started =
        new CoordinatorCore(
            home,
            new LifeLedger(world.build.ledger(world.rows, life), new LedgerFaults(life)),
            Simulation.LIMITS,
            PACE,
            options(home),
            new CoordinatorCore.Ports(
                owner,
                timer,
                life.pool(),
                clock,
                world.notary,
                crashPoint(life),
                new SplittableRandom(world.events.random().nextLong())));
    core = started;
    var unusedFailure = started.failed().thenAccept(cause -> failed(life, unwrapped(cause)));
    started.start();
    world.network.listen(life, peer -> started.listener(((PeerIdentity.Site) peer).name()));
    if (world.rows.runs().isEmpty()) {
      var unused =
          started
              .jobs()
              .submit(world.schedule.job())
              .whenComplete(
                  (view, failure) -> {
                    if (failure != null) {
                      failed(life, unwrapped(failure));
                    }
                  });
    }
  }

  private CoordinatorCore.Options options(Path home) {
    Schedule.Keeping keeping = world.schedule.keeping();
    CoordinatorCore.Options options =
        CoordinatorCore.Options.DEFAULT.withKeepSpools(keeping.kept());
    return keeping.enciphered()
        ? options.withEncryption(
            SpoolEncryption.withWrappingKey(home.resolveSibling(WRAPPING_KEY), new SecureRandom()))
        : options;
  }

  /** Something that the operator asks for; nothing while the coordinator is down. */
  void ask(Function<JobDesk, CompletableFuture<JobView>> request) {
    FakeProcess life = process();
    CoordinatorCore asked = core;
    if (life == null || asked == null) {
      return;
    }
    life.later(
        0,
        () -> {
          var unused =
              request
                  .apply(asked.jobs())
                  .exceptionally(
                      failure -> {
                        Throwable cause = unwrapped(failure);
                        // What the operator can put right, such as a job that has ended meanwhile.
                        if (!(cause instanceof UserErrorException) && life.isAlive()) {
                          failed(life, cause);
                        }
                        return null;
                      });
        });
  }

  private static Throwable unwrapped(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }

  /** As the server's own thread: a task that throws is the end of the core, not of the thread. */
  private void guarded(FakeProcess life, Runnable task) {
    try {
      task.run();
    } catch (ProcessEnded e) {
      throw e;
    } catch (RuntimeException | Error e) {
      if (!life.isAlive()) {
        return;
      }
      if (!(e instanceof LedgerException
          || e instanceof UncheckedIOException
          || e instanceof UserErrorException)) {
        life.defects().add(e);
      }
      if (core != null) {
        core.fail(e);
      }
    }
  }

  @Override
  void stop(Runnable then) {
    CoordinatorCore stopping = core;
    if (stopping == null) {
      then.run();
      return;
    }
    stopping.suspend("the coordinator was asked to stop");
    var unused = stopping.idle().whenComplete((nothing, failure) -> then.run());
  }

  @Override
  void dropped() {
    core = null;
  }

  @Override
  void calm() {
    ledgerErrors.clear();
    super.calm();
  }

  /** This life's ledger. */
  private final class LedgerFaults implements LifeLedger.Faults {
    private final FakeProcess life;

    LedgerFaults(FakeProcess life) {
      this.life = life;
    }

    @Override
    public void before(String transaction) {
      life.requireAlive();
      if (!transaction.isEmpty()) {
        transactions++;
        dieAt(false);
        if (ledgerErrors.remove(++transactionsOfAllLives)) {
          world.trace(() -> life + " meets a ledger error: " + transaction);
          throw new LedgerException("injected: the disk of the ledger fails");
        }
      }
    }

    @Override
    public void after(String transaction) {
      world.ledgerChanged();
      world.trace(() -> life + " ledger: " + transaction);
      dieAt(true);
    }

    private void dieAt(boolean after) {
      int count = transactions;
      dieHere(
          life,
          trigger ->
              trigger instanceof Trigger.AtTransaction at
                  && at.after() == after
                  && at.count() == count);
    }
  }
}
