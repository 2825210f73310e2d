package io.tributary.coordinator.round;

import io.tributary.common.tls.SiteName;
import io.tributary.coordinator.round.RoundEffect.Outcome;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/** How one site's training task moves; {@link RoundMachine} decides when a round does. */
final class TaskTransitions {
  private TaskTransitions() {}

  /** A dropped site may still bring its result: it can rejoin, or its upload was complete. */
  static boolean isOpen(SiteState state) {
    return state.isWorking() || state instanceof SiteState.Dropped;
  }

  /** Offers an open task again under its old key, or repeats how it ended. */
  static SiteTask welcomeBack(SiteName site, SiteTask task, List<RoundEffect> effects) {
    if (isOpen(task.state())) {
      effects.add(new RoundEffect.Offer(site, task.attempt()));
      return task.reoffered();
    }
    effects.add(conclusion(site, task)); // it may have gone before it heard
    return task;
  }

  /** Moves an open task by one message of its site or by the check of its update. */
  static SiteTask advance(SiteTask task, RoundEvent.OfTask event, List<RoundEffect> effects) {
    if (event instanceof RoundEvent.UpdateDurable durable) {
      SiteTask done = task.with(new SiteState.Durable(durable.receipt()));
      effects.add(conclusion(event.site(), done));
      return done;
    }
    if (event instanceof RoundEvent.UpdateRefused refused) {
      SiteTask done = task.with(new SiteState.Refused(refused.reason()));
      effects.add(new RoundEffect.RefuseTask(event.site(), task.attempt(), done.state().reason()));
      effects.add(conclusion(event.site(), done));
      effects.add(new RoundEffect.EraseUpload(event.site(), task.attempt()));
      return done;
    }
    if (task.lostAtMillis().isPresent()) {
      return task; // a word from a connection that is gone
    }
    if (event instanceof RoundEvent.TaskRefused refused) {
      SiteTask done = task.with(SiteState.Refused.declined(refused.reason()));
      effects.add(new RoundEffect.RefuseTask(event.site(), task.attempt(), done.state().reason()));
      return done;
    }
    if (event instanceof RoundEvent.TaskAccepted) {
      return task.state() instanceof SiteState.Offered ? task.with(new SiteState.Accepted()) : task;
    }
    if (event instanceof RoundEvent.WorkAdvanced work) {
      return task.state() instanceof SiteState.Uploading
          ? task // the work is over: its last word came late
          : task.with(new SiteState.Training(work.done(), work.total()));
    }
    RoundEvent.UploadAdvanced upload = (RoundEvent.UploadAdvanced) event;
    return task.with(new SiteState.Uploading(upload.doneBytes(), upload.totalBytes()));
  }

  static boolean isDurable(SiteTask task) {
    return task.state() instanceof SiteState.Durable;
  }

  /** Tells an open task's site that nothing is expected from it any more. */
  static void release(
      SiteName site, SiteTask task, Outcome outcome, String reason, List<RoundEffect> effects) {
    if (isOpen(task.state())) {
      effects.add(
          new RoundEffect.Conclude(site, task.attempt(), outcome, reason, Optional.empty()));
      effects.add(new RoundEffect.EraseUpload(site, task.attempt()));
    }
  }

  /** Answers a message that can no longer change anything, so that its site does not wait. */
  static void answer(
      SortedMap<SiteName, SiteTask> tasks, RoundEvent event, List<RoundEffect> effects) {
    if (!(event instanceof RoundEvent.UpdateDurable
        || event instanceof RoundEvent.UpdateRefused
        || event instanceof RoundEvent.UploadAdvanced)) {
      return;
    }
    RoundEvent.OfTask taskEvent = (RoundEvent.OfTask) event;
    SiteTask task = tasks.get(taskEvent.site());
    if (task != null && task.attempt() == taskEvent.attempt() && !isOpen(task.state())) {
      effects.add(conclusion(taskEvent.site(), task));
      return;
    }
    effects.add(
        new RoundEffect.Conclude(
            taskEvent.site(),
            taskEvent.attempt(),
            Outcome.LATE,
            "the round does not take this update any more",
            Optional.empty()));
    effects.add(new RoundEffect.EraseUpload(taskEvent.site(), taskEvent.attempt()));
  }

  /** What the site of an ended task is told, every time it asks. */
  private static RoundEffect.Conclude conclusion(SiteName site, SiteTask task) {
    SiteState state = task.state();
    Optional<UpdateReceipt> receipt = Optional.empty();
    Outcome outcome = Outcome.LATE;
    if (state instanceof SiteState.Durable durable) {
      receipt = Optional.of(durable.receipt());
      outcome = Outcome.ACCEPTED;
    } else if (state instanceof SiteState.Folded folded) {
      receipt = Optional.of(folded.receipt());
      outcome = Outcome.ACCEPTED;
    } else if (state instanceof SiteState.Refused) {
      outcome = Outcome.REFUSED;
    }
    return new RoundEffect.Conclude(site, task.attempt(), outcome, state.reason(), receipt);
  }
}
