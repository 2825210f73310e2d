package io.tributary.simulation.faults;

import io.tributary.common.store.CrashMoment;
import io.tributary.simulation.faults.disk.Survival;

/** Something that goes wrong in a {@link Schedule}. Host 0 is the coordinator, others are sites. */
public sealed interface Fault {
  /** When a process dies. */
  sealed interface Trigger {
    /** So long after its start. */
    record AfterMillis(long millis) implements Trigger {}

    /** When it passes a moment for the n-th time, from 1. */
    record AtMoment(CrashMoment moment, int count) implements Trigger {}

    /** Before or after its n-th change of the disk, from 1. */
    record AtDiskChange(int count, boolean after) implements Trigger {}

    /** Before or after its n-th transaction of the ledger, from 1. */
    record AtTransaction(int count, boolean after) implements Trigger {}
  }

  /**
   * A process dies, once, in the first of its lives in which the trigger comes up after the earlier
   * deaths of its host; the host is up again after a while.
   *
   * @param survival what its disk keeps; only for {@code POWER_LOST}
   */
  record Death(int host, Trigger trigger, FakeProcess.Death how, Survival survival, long downMillis)
      implements Fault {}

  /** The line of a site is blocked, one way or both. */
  record Partition(int site, boolean up, boolean down, long atMillis, long millis)
      implements Fault {}

  /**
   * Lines are blocked, one way or both, from the instant at which a process passes a moment for the
   * n-th time.
   *
   * @param host whose moment
   * @param site whose line; 0 for those of all sites
   */
  record PartitionAt(
      int host, CrashMoment moment, int count, int site, boolean up, boolean down, long millis)
      implements Fault {}

  /** The lines of all sites are blocked both ways. */
  record CutOff(long atMillis, long millis) implements Fault {}

  /** The connections of a site break; what is on its way is lost. */
  record Cut(int site, long atMillis) implements Fault {}

  /** The line of a site is slow. */
  record SlowLine(int site, long atMillis, long millis, int latencyMillis, int bytesPerMilli)
      implements Fault {}

  /** A disk has only so much room left. */
  record FullDisk(int host, long atMillis, long millis, int roomBytes) implements Fault {}

  /** The n-th change of a host's disk, counted over all its lives, fails. */
  record DiskError(int host, int change) implements Fault {}

  /** The n-th transaction of the ledger, counted over all lives, fails. */
  record LedgerError(int transaction) implements Fault {}

  /** A process does nothing for a while. */
  record Stall(int host, long atMillis, long millis) implements Fault {}

  /** The job's operator pauses it, and resumes it after a while. */
  record Pause(long atMillis, long millis) implements Fault {}

  /** A wall clock jumps. */
  record ClockJump(int host, long atMillis, long byMillis) implements Fault {}
}
