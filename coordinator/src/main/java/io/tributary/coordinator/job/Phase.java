package io.tributary.coordinator.job;

import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.coordinator.round.SiteTask;
import java.util.SortedMap;
import java.util.SortedSet;

/** The part of a job that is open: a training round or an evaluation. On the owner's thread. */
interface Phase {
  /** Starts with the sites that are connected. */
  void begin(SortedSet<SiteName> connected);

  /** A site connected. */
  void connected(SiteName site);

  /** A site's connection is gone. */
  void disconnected(SiteName site);

  /** Whether a task belongs to this phase, in any attempt. */
  boolean owns(TaskId task);

  /** A message about a task of this phase. */
  void received(SiteName site, TaskId task, Envelope message);

  /** Ends the phase; it reports its end as always. */
  void stop(String reason);

  /**
   * Puts the phase aside: its open tasks are withdrawn, nothing moves it any more, and a later
   * runner goes on from the ledger.
   *
   * @return false if it has to end by itself first, which is bounded
   */
  boolean pause(String reason);

  /** The process is about to stop: tells nobody; nothing moves the phase any more. */
  void suspend();

  /** Forgets the phase after a defect: no timer and no finished work moves it any more. */
  void abandon();

  /** State of its machine. */
  String label();

  /** Attempt in work. */
  int attempt();

  /** Its sites. */
  SortedMap<SiteName, SiteTask> tasks();
}
