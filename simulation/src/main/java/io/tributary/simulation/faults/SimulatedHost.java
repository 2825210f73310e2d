package io.tributary.simulation.faults;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.store.CrashMoment;
import io.tributary.common.store.CrashPoint;
import io.tributary.common.store.DurableFiles;
import io.tributary.simulation.faults.FakeProcess.Death;
import io.tributary.simulation.faults.Fault.Trigger;
import io.tributary.simulation.faults.disk.DiskFaults;
import io.tributary.simulation.faults.disk.FakeDisk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystem;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * A machine with a disk and a clock, on which one process lives, dies and is started again, as its
 * {@link Schedule} says.
 */
abstract class SimulatedHost {
  static final String HOME = "/home";

  private static final long RESTART_MILLIS = 2_000; // of a supervisor
  private static final long STOP_TIMEOUT_MILLIS = 10_000;
  private static final int SHORT_WRITE_ODDS = 16;

  final Simulation world;
  final String name;
  final FakeDisk disk = new FakeDisk();
  final FakeClock clock;
  private final List<Fault.Death> deaths;
  private final Set<Integer> diskErrors;
  private final Map<CrashMoment, Integer> moments = new EnumMap<>(CrashMoment.class);

  private FakeProcess process; // null while the host is down
  private FileSystem mount;
  private Fault.Death dying; // what ended the process, if its schedule did
  private int lives;
  private int changes; // of the disk, in this life
  private int changesOfAllLives;

  SimulatedHost(Simulation world, String name, List<Fault.Death> deaths, List<Integer> diskErrors) {
    this.world = world;
    this.name = name;
    this.clock = new FakeClock(world.events);
    this.deaths = new ArrayList<>(deaths);
    this.diskErrors = new HashSet<>(diskErrors);
    install();
  }

  /** The home is there before anything goes wrong. */
  private void install() {
    FileSystem installer = disk.mount(DiskFaults.NONE);
    try {
      DurableFiles.createOwnerOnlyDirectories(installer.getPath(HOME));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      FakeDisk.unmount(installer);
    }
  }

  /** So is a file beside it. */
  final void install(String file, byte[] content) {
    FileSystem installer = disk.mount(DiskFaults.NONE);
    try {
      DurableFiles.writeOwnerOnly(installer.getPath(HOME).resolveSibling(file), content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      FakeDisk.unmount(installer);
    }
  }

  /** Starts the program. Anything it throws ends the process. */
  abstract void start(FakeProcess life, Path home);

  /** Asks the program to end in order; {@code then} when it has. */
  abstract void stop(Runnable then);

  /** The process is dead. */
  abstract void dropped();

  // ---- life and death ----

  boolean isUp() {
    return process != null && process.isAlive();
  }

  FakeProcess process() {
    return process;
  }

  void boot() {
    if (process != null) {
      return;
    }
    lives++;
    changes = 0;
    moments.clear();
    dying = null;
    FakeProcess life = new FakeProcess(name + "#" + lives, world.events);
    process = life;
    mount = disk.mount(new Faults(life));
    world.trace(() -> life + " starts");
    for (Fault.Death death : deaths) {
      if (death.trigger() instanceof Trigger.AfterMillis after) {
        life.later(after.millis(), () -> dieInTime(life, death));
      }
    }
    life.later(
        0,
        () -> {
          try {
            start(life, mount.getPath(HOME));
          } catch (UserErrorException e) {
            failed(life, e);
          }
        });
  }

  private void dieInTime(FakeProcess life, Fault.Death death) {
    if (!deaths.remove(death)) {
      return; // calm has come
    }
    dying = death;
    if (death.how() == Death.EXITED) {
      world.trace(() -> life + " is asked to stop");
      life.later(STOP_TIMEOUT_MILLIS, () -> life.end(Death.KILLED));
      stop(() -> life.end(Death.EXITED));
    } else {
      life.end(death.how());
    }
  }

  /** The program gives up by itself. */
  void failed(FakeProcess life, Throwable cause) {
    world.trace(() -> life + " fails: " + cause);
    world.checkMayFail(this, cause);
    life.end(Death.EXITED);
  }

  /** Clears up after a process that has died. */
  void reap() {
    if (process == null || process.isAlive()) {
      return;
    }
    FakeProcess dead = process;
    Fault.Death death = dying;
    process = null;
    world.died();
    world.trace(() -> dead + " is dead: " + dead.death());
    world.checkDefects(dead);
    dropped();
    FakeDisk.unmount(mount);
    boolean powerLost = dead.death() == Death.POWER_LOST;
    world.network.ended(dead, powerLost);
    if (powerLost) {
      disk.losePower(world.events.random(), death.survival());
    }
    long down = death == null ? RESTART_MILLIS : death.downMillis();
    world.events.after(world.isCalm() ? Math.min(down, RESTART_MILLIS) : down, this::boot);
  }

  /** Nothing goes wrong any more. */
  void calm() {
    deaths.clear();
    diskErrors.clear();
    disk.setCapacityBytes(Long.MAX_VALUE);
    boot();
  }

  /** Ends the process here and now if its schedule says so. */
  void dieHere(FakeProcess life, Predicate<Trigger> now) {
    for (Fault.Death death : List.copyOf(deaths)) {
      if (now.test(death.trigger())) {
        deaths.remove(death);
        dying = death;
        world.trace(() -> life + " dies at " + death.trigger());
        throw life.endHere(death.how());
      }
    }
  }

  CrashPoint crashPoint(FakeProcess life) {
    return moment -> {
      life.requireAlive();
      int count = moments.merge(moment, 1, Integer::sum);
      world.trace(() -> life + " passes " + moment);
      world.passed(this, moment, count);
      dieHere(
          life,
          trigger ->
              trigger instanceof Trigger.AtMoment at
                  && at.moment() == moment
                  && at.count() == count);
    };
  }

  /** This life's disk. */
  private final class Faults implements DiskFaults {
    private final FakeProcess life;

    Faults(FakeProcess life) {
      this.life = life;
    }

    @Override
    public void before(Operation operation, Object path) throws IOException {
      life.requireAlive();
      if (operation.changes()) {
        int count = ++changes;
        dieAt(count, false);
        if (diskErrors.remove(++changesOfAllLives)) {
          world.trace(() -> life + " meets a disk error: " + operation + " " + path);
          throw new IOException("injected: input/output error");
        }
      }
    }

    @Override
    public void after(Operation operation, Object path) {
      if (operation.changes()) {
        world.diskChanged();
        world.trace(() -> life + " " + operation + " " + path);
        dieAt(changes, true);
      }
    }

    private void dieAt(int count, boolean after) {
      if (!deaths.isEmpty()) {
        dieHere(
            life,
            trigger ->
                trigger instanceof Trigger.AtDiskChange at
                    && at.after() == after
                    && at.count() == count);
      }
    }

    @Override
    public int writable(Object path, int bytes) {
      return bytes > 1 && world.events.random().nextInt(SHORT_WRITE_ODDS) == 0
          ? 1 + world.events.random().nextInt(bytes)
          : bytes;
    }

    @Override
    public boolean honoursForce(Object path) {
      return world.build.disksHonourForce(path.toString());
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
