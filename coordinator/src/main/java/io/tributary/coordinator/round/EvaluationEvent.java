package io.tributary.coordinator.round;

import io.tributary.common.tls.SiteName;

/** What can happen to a federated evaluation; most of it can happen to a round as well. */
public sealed interface EvaluationEvent
    permits EvaluationEvent.OfTask,
        RoundEvent.Began,
        RoundEvent.SiteConnected,
        RoundEvent.SiteDisconnected,
        RoundEvent.TimePassed,
        RoundEvent.Stopped {
  /** Monotonic milliseconds. */
  long nowMillis();

  /** An event about one site's task. */
  sealed interface OfTask extends EvaluationEvent
      permits RoundEvent.TaskAccepted,
          RoundEvent.TaskRefused,
          RoundEvent.WorkAdvanced,
          Reported,
          ReportRefused {
    /** The site, by its certificate. */
    SiteName site();
  }

  /**
   * A site reported its held-out loss.
   *
   * @param nowMillis when
   * @param site which
   * @param loss what it measured
   */
  record Reported(long nowMillis, SiteName site, HeldOutLoss loss) implements OfTask {}

  /**
   * A site's report cannot be a measurement.
   *
   * @param nowMillis when
   * @param site which
   * @param reason naming values and bounds
   */
  record ReportRefused(long nowMillis, SiteName site, String reason) implements OfTask {}
}
