package io.tributary.client.process;

import io.tributary.client.train.EvaluationTask;
import io.tributary.client.train.LocalEvaluation;
import io.tributary.client.train.LocalPlan;
import io.tributary.client.train.LocalTrainer;
import io.tributary.client.train.LocalUpdate;
import io.tributary.client.train.ProgramFile;
import io.tributary.client.train.TaskCancelledException;
import io.tributary.client.train.TaskControl;
import io.tributary.client.train.TaskRefusedException;
import io.tributary.client.train.TrainingTask;
import io.tributary.common.job.JobSpec;
import io.tributary.common.store.DurableFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A trainer in any language: a child process that reads and writes lines of JSON, and hands
 * parameters over in two files. docs/protocol.md has every message.
 *
 * <pre>
 *   (none) ──► started ──► greeted ──► planned ──► training | evaluating ──► planned ...
 *                 └──────────┴────────────┴────────────────┴──► killed ──► (none), with a wait
 * </pre>
 *
 * <p>The process starts with the first plan and stays for the tasks after it, one at a time. It is
 * trusted with the site's data, as the site's owner chose it, but not to be well: it may hang, die,
 * flood or lie, and then it is killed with all that it started, the task is refused, and the next
 * task starts another. What it says goes to this site's log; a coordinator hears which bound was
 * broken, and what the process itself gives as the reason of a refusal.
 */
public final class ProcessTrainer implements LocalTrainer {
  /** The version of the protocol. */
  static final int VERSION = 1;

  private static final Logger LOG = LoggerFactory.getLogger(ProcessTrainer.class);
  private static final long TICK_MILLIS = 20;
  private static final long MEMORY_CHECK_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long LEAVE_MILLIS = 1_000;

  private final ProgramFile program;
  private final ProcessCommand command;
  private final ProcessLimits limits;
  private final Path exchange;
  private final LongSupplier nanoTime;
  private final FloatFile parameters;
  private final FloatFile update;
  private final ReentrantLock turn = new ReentrantLock();

  // Of whoever holds the turn.
  private final Restarts restarts = new Restarts();
  private JobSpec planned;
  private LocalPlan plan;

  private volatile Child child; // null when there is none
  private volatile boolean closed;

  /**
   * A trainer that starts nothing yet.
   *
   * @param program checked before each start
   * @param exchange a directory of this trainer alone, made when it is needed
   * @param nanoTime such as {@link System#nanoTime}
   */
  public ProcessTrainer(
      ProgramFile program,
      ProcessCommand command,
      ProcessLimits limits,
      Path exchange,
      LongSupplier nanoTime) {
    this.program = program;
    this.command = command;
    this.limits = limits;
    this.exchange = exchange.toAbsolutePath();
    this.nanoTime = nanoTime;
    this.parameters = new FloatFile(this.exchange.resolve("parameters.f32"));
    this.update = new FloatFile(this.exchange.resolve("update.f32"));
  }

  /** {@inheritDoc} May wait for a task that was just cancelled, and for the process to start. */
  @Override
  public LocalPlan plan(JobSpec job) {
    try {
      if (!turn.tryLock(limits.cancelMillis() + LEAVE_MILLIS, TimeUnit.MILLISECONDS)) {
        throw new TaskRefusedException("this site's trainer is at another task");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TaskRefusedException("this site is stopping", e);
    }
    try {
      return planned(job, Unhurried.CONTROL);
    } finally {
      turn.unlock();
    }
  }

  @Override
  public LocalUpdate train(TrainingTask task, TaskControl control) {
    return inTurn(
        control,
        () -> {
          LocalPlan expected = prepared(task.job(), task.weights(), control);
          int count = task.job().model().config().layout().trainableCount();
          update.spoil(count);
          ChildMessage answer =
              ask(
                  ParentMessage.train(task.round(), task.batchSeed(), task.learningRate()),
                  limits.taskMillis(),
                  limits.silenceMillis(),
                  control);
          if (answer.trained() == null) {
            throw unexpected(answer, "trained");
          }
          if (answer.trained().examples() != expected.exampleCount()) {
            throw new BrokenProtocolException(
                "it trained on "
                    + answer.trained().examples()
                    + " examples but planned "
                    + expected.exampleCount());
          }
          // The weights are this trainer's own and on the disk: their place is warm and free.
          float[] delta = count == task.weights().length ? task.weights() : new float[count];
          update.read(delta);
          return new LocalUpdate(delta, expected.exampleCount(), answer.trained().metrics());
        });
  }

  @Override
  public LocalEvaluation evaluate(EvaluationTask task, TaskControl control) {
    return inTurn(
        control,
        () -> {
          LocalPlan expected = prepared(task.job(), task.weights(), control);
          ChildMessage answer =
              ask(
                  ParentMessage.of(new ParentMessage.Evaluate(task.round())),
                  limits.taskMillis(),
                  limits.silenceMillis(),
                  control);
          if (answer.evaluated() == null) {
            throw unexpected(answer, "evaluated");
          }
          if (answer.evaluated().examples() != expected.evaluationBytes()) {
            throw new BrokenProtocolException(
                "it judged by "
                    + answer.evaluated().examples()
                    + " examples but planned "
                    + expected.evaluationBytes());
          }
          return new LocalEvaluation(answer.evaluated().lossTotal(), answer.evaluated().examples());
        });
  }

  /** Takes leave of the process, and kills it if it does not go. */
  @Override
  public void close() {
    closed = true;
    Child running = child;
    if (running == null) {
      return;
    }
    if (turn.tryLock()) {
      try {
        running.leave(LEAVE_MILLIS);
        forget();
      } finally {
        turn.unlock();
      }
    } else {
      running.kill();
    }
  }

  // ---- a task, from within the turn ----

  private interface Work<R> {
    R run() throws BrokenProtocolException, IOException, InterruptedException;
  }

  private <R> R inTurn(TaskControl control, Work<R> work) {
    try {
      while (!turn.tryLock(TICK_MILLIS, TimeUnit.MILLISECONDS)) {
        control.checkNotCancelled();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TaskCancelledException("a task of a process");
    }
    try {
      R result = guarded(work);
      restarts.succeeded();
      return result;
    } finally {
      turn.unlock();
    }
  }

  private <R> R guarded(Work<R> work) {
    try {
      return work.run();
    } catch (BrokenProtocolException e) {
      throw failed(e.publicReason(), e.getMessage(), e);
    } catch (IOException e) {
      throw failed("cannot exchange parameters with its process", e.toString(), e);
    } catch (InterruptedException e) {
      kill();
      Thread.currentThread().interrupt();
      throw new TaskCancelledException("a task of a process");
    }
  }

  /** Has the process plan the job, if it has not, and puts the parameters down. */
  private LocalPlan prepared(JobSpec job, float[] weights, TaskControl control) throws IOException {
    if (child == null || !child.alive() || !job.equals(planned)) {
      var unused = planned(job, control);
    }
    parameters.write(weights);
    return plan;
  }

  private LocalPlan planned(JobSpec job, TaskControl control) {
    return guarded(
        () -> {
          running(control);
          ChildMessage answer =
              ask(ParentMessage.plan(job), limits.startMillis(), limits.startMillis(), control);
          ChildMessage.Planned said = answer.planned();
          if (said == null) {
            throw unexpected(answer, "planned");
          }
          planned = job;
          plan = new LocalPlan(said.examples(), said.steps(), said.heldOut());
          return plan;
        });
  }

  /** A process that has greeted. */
  private void running(TaskControl control) throws BrokenProtocolException, InterruptedException {
    if (child != null && child.alive()) {
      return;
    }
    if (child != null) {
      throw failed("ended between two tasks", "its process is gone", null);
    }
    if (closed) {
      throw new TaskRefusedException("this site is stopping");
    }
    long wait = restarts.waitMillis(nanoTime.getAsLong());
    if (wait > 0) {
      throw new TaskRefusedException(
          "this site's trainer failed "
              + restarts.failures()
              + " times in a row: it starts again in "
              + wait
              + " ms at the earliest");
    }
    program.requireUnchanged();
    start();
    ChildMessage answer =
        ask(
            ParentMessage.of(
                new ParentMessage.Hello(
                    VERSION, parameters.path().toString(), update.path().toString())),
            limits.startMillis(),
            limits.startMillis(),
            control);
    if (answer.hello() == null) {
      throw unexpected(answer, "hello");
    }
    if (answer.hello().version() != VERSION) {
      throw new BrokenProtocolException(
          "it speaks version " + answer.hello().version() + " but the site speaks " + VERSION);
    }
    LOG.info("trainer={} started: {}", name(), answer.hello().software());
  }

  private void start() {
    try {
      DurableFiles.createOwnerOnlyDirectories(exchange);
      child = Child.start(command.builder(limits.memoryBytes()), name(), nanoTime);
    } catch (IOException e) {
      throw failed("cannot be started", command.arguments() + ": " + e.getMessage(), e);
    }
    if (!MemoryBound.watches()) {
      LOG.warn("trainer={} limits.memory-bytes is not enforced on this system", name());
    }
  }

  /**
   * Asks and waits for the one answer, within all bounds.
   *
   * @throws TaskRefusedException if the process refuses, or broke a bound and was killed
   * @throws TaskCancelledException once the process has stopped, or was killed for not stopping
   */
  private ChildMessage ask(
      ParentMessage request, long millis, long silenceMillis, TaskControl control)
      throws BrokenProtocolException, InterruptedException {
    child.ask(request);
    long begun = nanoTime.getAsLong();
    long memoryChecked = begun;
    while (true) {
      ChildMessage answer = child.hear(TICK_MILLIS);
      if (answer != null) {
        return accepted(answer);
      }
      try {
        ChildMessage.Progress progress = child.newProgress();
        if (progress != null) {
          control.progress(progress.done(), progress.total());
        }
        control.checkNotCancelled();
      } catch (TaskCancelledException e) {
        cancel();
        throw e;
      }
      long now = nanoTime.getAsLong();
      if (TimeUnit.NANOSECONDS.toMillis(now - begun) > millis) {
        throw failed("did not answer within " + millis + " ms", "killed", null);
      }
      if (child.silentMillis() > silenceMillis) {
        throw failed("was silent for more than " + silenceMillis + " ms", "killed", null);
      }
      if (now - memoryChecked > MEMORY_CHECK_NANOS) {
        memoryChecked = now;
        long held = child.residentBytes();
        if (held > limits.memoryBytes()) {
          throw failed(
              "held more memory than its limit of " + limits.memoryBytes() + " bytes",
              "killed while it held " + held,
              null);
        }
      }
    }
  }

  private ChildMessage accepted(ChildMessage answer) throws BrokenProtocolException {
    if (answer.refused() != null) {
      throw new TaskRefusedException("this site's trainer says: " + answer.refused().reason());
    }
    if (answer.cancelled() != null) {
      throw unexpected(answer, "an answer: nothing was cancelled");
    }
    return answer;
  }

  /** Waits a bounded time for whatever ends the task at hand; then there is no process any more. */
  private void cancel() throws InterruptedException {
    try {
      child.say(ParentMessage.CANCEL);
      long begun = nanoTime.getAsLong();
      while (TimeUnit.NANOSECONDS.toMillis(nanoTime.getAsLong() - begun) < limits.cancelMillis()) {
        if (child.hear(TICK_MILLIS) != null) {
          return;
        }
      }
      LOG.info("trainer={} did not leave a cancelled task: killed", name());
    } catch (BrokenProtocolException e) {
      LOG.info("trainer={} {} while it was cancelled: killed", name(), e.getMessage());
    }
    kill();
  }

  private static BrokenProtocolException unexpected(ChildMessage answer, String wanted) {
    return new BrokenProtocolException("it said " + answer + " in place of " + wanted);
  }

  /**
   * Ends the process for good reason.
   *
   * @param publicReason without data: it travels to the coordinator
   * @param detail for this site's log
   */
  private TaskRefusedException failed(String publicReason, String detail, Exception cause) {
    restarts.failed(nanoTime.getAsLong());
    Child ended = child;
    kill();
    LOG.error(
        "trainer={} {}: {}; {}",
        name(),
        publicReason,
        detail,
        ended == null ? "it never started" : ended.obituary());
    return new TaskRefusedException("this site's trainer " + publicReason, cause);
  }

  private void kill() {
    Child running = child;
    if (running != null) {
      running.kill();
    }
    forget();
  }

  private void forget() {
    child = null;
    planned = null;
    plan = null;
  }

  /** As logs call it. */
  private String name() {
    return program.digest().substring(0, 12);
  }

  /** Of a plan: nobody cancels it, and its bound is short. */
  private enum Unhurried implements TaskControl {
    CONTROL;

    @Override
    public void progress(long done, long total) {}

    @Override
    public void checkNotCancelled() {}
  }
}
