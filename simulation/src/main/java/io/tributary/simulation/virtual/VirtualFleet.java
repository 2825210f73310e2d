package io.tributary.simulation.virtual;

import io.tributary.client.SiteResult;
import io.tributary.client.data.SiteData;
import io.tributary.client.train.EvaluationTask;
import io.tributary.client.train.LocalEvaluation;
import io.tributary.client.train.LocalPlan;
import io.tributary.client.train.LocalUpdate;
import io.tributary.client.train.ModelWork;
import io.tributary.client.train.TaskRefusedException;
import io.tributary.client.train.TrainingTask;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.config.UserErrorException.Kind;
import io.tributary.common.job.JobSpec;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.WireLimits;
import io.tributary.common.wire.WireListener;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.function.Function;
import java.util.function.Supplier;

/** All virtual sites of a simulation, and what they share: engines, models, time and fates. */
final class VirtualFleet implements VirtualSite.Fleet {
  private final JobSpec job;
  private final WireLimits limits;
  private final VirtualLoop loop;
  private final WorkerPool workers;
  private final SimulationListener audience;
  private final Function<SiteName, WireListener> coordinator;
  private final ModelShelf shelf = new ModelShelf();
  private final Fate fate;
  private final List<VirtualSite> sites = new ArrayList<>();
  private final List<VirtualSite> away = new ArrayList<>();
  private final long updateBytes;
  private final Attack attack;

  /**
   * Makes the sites.
   *
   * @param plans of the job at each site, by {@link #plans}
   * @param coordinator makes the coordinator's end of a site's connection
   */
  VirtualFleet(
      SimulationOptions options,
      WireLimits limits,
      SortedMap<SiteName, SiteText> texts,
      SortedMap<SiteName, LocalPlan> plans,
      VirtualLoop loop,
      WorkerPool workers,
      SimulationListener audience,
      Function<SiteName, WireListener> coordinator) {
    this.job = options.job();
    this.limits = limits;
    this.loop = loop;
    this.workers = workers;
    this.audience = audience;
    this.coordinator = coordinator;
    this.updateBytes = updateBytes(job);
    this.attack = options.attack();
    this.fate =
        new Fate(
            job.seed(),
            options.dropout(),
            job.round(),
            plans.values().stream().mapToLong(LocalPlan::steps).max().orElse(1),
            plans.values().stream().mapToLong(LocalPlan::evaluationBytes).max().orElse(1));
    texts.forEach((name, text) -> sites.add(new VirtualSite(name, text, plans.get(name), this)));
  }

  /** Length of an update. */
  static long updateBytes(JobSpec job) {
    return (long) job.model().config().layout().trainableCount() * Float.BYTES;
  }

  /**
   * What the job means at each site.
   *
   * @throws UserErrorException of kind USAGE if a site has too little text to take part
   */
  static SortedMap<SiteName, LocalPlan> plans(JobSpec job, SortedMap<SiteName, SiteText> texts) {
    SortedMap<SiteName, LocalPlan> plans = new java.util.TreeMap<>();
    int refusals = 0;
    String first = null;
    for (var entry : texts.entrySet()) {
      try {
        plans.put(entry.getKey(), ModelWork.plan(job, entry.getValue().data()));
      } catch (TaskRefusedException e) {
        refusals++;
        if (first == null) {
          first = entry.getKey() + " has " + entry.getValue().size() + " bytes: " + e.getMessage();
        }
      }
    }
    if (refusals > 0) {
      throw new UserErrorException(
          Kind.USAGE,
          refusals
              + " of "
              + texts.size()
              + " sites could not train ("
              + first
              + "): lower --sites, choose another --partition or give more text by --data");
    }
    return plans;
  }

  /** Connects every site, in the order of their names. */
  void connectAll() {
    for (VirtualSite site : sites) {
      loop.execute(site::connect);
    }
  }

  /** Brings every site back that has dropped out. */
  void bringBack() {
    List<VirtualSite> returning = List.copyOf(away);
    away.clear();
    for (VirtualSite site : returning) {
      loop.execute(site::connect);
    }
  }

  @Override
  public MemoryConnection connectionOf(VirtualSite site) {
    return new MemoryConnection(loop, site.name(), coordinator.apply(site.name()), site);
  }

  @Override
  public ModelShelf shelf() {
    return shelf;
  }

  @Override
  public Fate.Lot lot(SiteName site, TaskId task, long work) {
    return fate.of(site, task, work);
  }

  @Override
  public Runnable after(long delayMillis, Runnable task) {
    return loop.after(delayMillis, task);
  }

  @Override
  public WorkerPool.Piece<SiteResult> train(
      VirtualSite site, TaskId task, float[] weights, long delayMillis) {
    // With over-selection the slowest are not wanted: they must not be trained first.
    boolean ahead = job.round().selectedSites() <= job.round().cohort();
    boolean lying = sites.indexOf(site) < attack.sites();
    return workers.submit(
        loop.nowMillis() + delayMillis,
        site.plan().steps() * job.local().batchSize(),
        updateBytes,
        ahead,
        (engine, control) -> {
          SiteData text = site.text().data();
          TrainingTask training = new TrainingTask(job, task.round(), site.name(), weights);
          LocalUpdate update = timed(() -> engine.train(training, text, control));
          return SiteResult.of(job, site.plan(), lying ? attack.falsify(update) : update, limits);
        });
  }

  @Override
  public WorkerPool.Piece<LocalEvaluation> evaluate(
      VirtualSite site, TaskId task, float[] weights, long delayMillis) {
    return workers.submit(
        loop.nowMillis() + delayMillis,
        site.plan().evaluationBytes(),
        0,
        true,
        (engine, control) -> {
          SiteData text = site.text().data();
          EvaluationTask evaluation = new EvaluationTask(job, task.round(), weights);
          return SiteResult.of(timed(() -> engine.evaluate(evaluation, text, control)));
        });
  }

  private <R> R timed(Supplier<R> training) {
    long start = System.nanoTime();
    try {
      return training.get();
    } finally {
      workers.trained(System.nanoTime() - start);
    }
  }

  @Override
  public void wentAway(VirtualSite site) {
    away.add(site);
  }

  @Override
  public void taskOver() {
    audience.taskOver();
  }
}
