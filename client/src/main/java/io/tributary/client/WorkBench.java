package io.tributary.client;

import io.tributary.client.train.TaskControl;
import java.util.function.Consumer;

/**
 * Where a site's training and evaluation run, away from the agent's thread: {@link TaskRunner}'s
 * thread in production, fake time in a simulator. Given to {@link SiteCore} by its {@link
 * SitePorts}.
 *
 * <p>Work runs one piece after another, in the order of {@link #submit}; at most one piece waits,
 * and a newer one takes its place.
 */
public interface WorkBench {
  /**
   * A piece of work.
   *
   * @param <R> what it gives
   */
  @FunctionalInterface
  interface Work<R> {
    /** Does it, asking {@code control} between steps whether anybody still wants it. */
    R run(TaskControl control) throws Exception;
  }

  /**
   * How a piece of work ended.
   *
   * @param <R> what it gives
   */
  sealed interface Ending<R> {
    /**
     * It ran to its end.
     *
     * @param <R> what it gives
     * @param result what it gave
     */
    record Finished<R>(R result) implements Ending<R> {}

    /**
     * It did not give a result.
     *
     * @param <R> what it would have given
     * @param reason may be told to the coordinator
     */
    record Refused<R>(String reason) implements Ending<R> {}

    /**
     * Nobody wanted it any more.
     *
     * @param <R> what it would have given
     */
    record Cancelled<R>() implements Ending<R> {}
  }

  /** Hears how far running work is; called where the work runs, as often as it reports. */
  @FunctionalInterface
  interface ProgressListener {
    /** So many steps, or predicted bytes, of so many. */
    void progress(long done, long total);
  }

  /** The submitter's hold on its work. */
  @FunctionalInterface
  interface Ticket {
    /** Asks the work to end; at once if it only waits. Harmless when it has ended. */
    void cancel();
  }

  /**
   * Runs work after what runs now.
   *
   * @param whenEnded called exactly once, on any thread; never from within this call unless the
   *     work is refused at once
   */
  <R> Ticket submit(
      String name, Work<R> work, ProgressListener progress, Consumer<Ending<R>> whenEnded);
}
