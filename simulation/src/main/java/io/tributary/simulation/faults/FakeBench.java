package io.tributary.simulation.faults;

import io.tributary.client.WorkBench;
import io.tributary.client.train.TaskCancelledException;
import io.tributary.client.train.TaskControl;
import io.tributary.client.train.TaskRefusedException;
import java.io.IOException;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * A site's training thread in virtual time: one piece of work after another, each lasting as long
 * as it is told. The work itself is done in one instant at its end.
 */
final class FakeBench implements WorkBench {
  private final FakeProcess process;
  private final LongSupplier durationMillis;
  private Piece<?> running;
  private Piece<?> waiting;

  FakeBench(FakeProcess process, LongSupplier durationMillis) {
    this.process = process;
    this.durationMillis = durationMillis;
  }

  @Override
  public <R> Ticket submit(
      String name, Work<R> work, ProgressListener progress, Consumer<Ending<R>> whenEnded) {
    process.requireAlive();
    Piece<R> piece = new Piece<>(name, work, progress, whenEnded);
    Piece<?> replaced = waiting;
    waiting = piece;
    if (replaced != null) {
      process.later(0, replaced::endCancelled);
    }
    startNext();
    return piece;
  }

  private void startNext() {
    if (running == null && waiting != null) {
      Piece<?> next = waiting;
      waiting = null;
      running = next;
      process.later(durationMillis.getAsLong(), next::run);
    }
  }

  /** One piece of work. */
  private final class Piece<R> implements Ticket, TaskControl {
    private final String name;
    private final Work<R> work;
    private final ProgressListener progress;
    private final Consumer<Ending<R>> whenEnded;
    private boolean cancelled;

    Piece(String name, Work<R> work, ProgressListener progress, Consumer<Ending<R>> whenEnded) {
      this.name = name;
      this.work = work;
      this.progress = progress;
      this.whenEnded = whenEnded;
    }

    @Override
    public void cancel() {
      cancelled = true;
      if (this == waiting) {
        waiting = null;
        process.later(0, this::endCancelled);
      }
    }

    void endCancelled() {
      whenEnded.accept(new Ending.Cancelled<>());
    }

    void run() {
      Ending<R> ending = result();
      running = null;
      startNext();
      whenEnded.accept(ending);
    }

    private Ending<R> result() {
      try {
        checkNotCancelled();
        return new Ending.Finished<>(work.run(this));
      } catch (TaskCancelledException e) {
        return new Ending.Cancelled<>();
      } catch (TaskRefusedException e) {
        return new Ending.Refused<>(e.getMessage());
      } catch (IOException e) {
        return new Ending.Refused<>("training failed: " + e.getClass().getSimpleName());
      } catch (RuntimeException e) {
        process.defects().add(e);
        return new Ending.Refused<>("training failed: " + e.getClass().getSimpleName());
      } catch (Exception e) {
        throw new IllegalStateException(name + " failed", e);
      }
    }

    @Override
    public void progress(long done, long total) {
      checkNotCancelled();
      progress.progress(done, total);
    }

    @Override
    public void checkNotCancelled() {
      if (cancelled) {
        throw new TaskCancelledException(name);
      }
    }
  }
}
