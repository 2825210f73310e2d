package io.tributary.client.process;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One life of a trainer's process: its streams, each with a thread of its own, so that nobody waits
 * for a process that does not read or never stops writing.
 *
 * <pre>
 *   say ──► queue ──► writer ──► standard input
 *   hear ◄── queue ◄── reader ◄── standard output     progress: only the newest is kept
 *   the site's log ◄── ChildLog ◄── standard error
 * </pre>
 *
 * <p>Used by one thread at a time but for {@link #kill}, which is safe on any.
 */
final class Child {
  /** Most lines of one task: a flood ends the process. */
  static final int MAX_LINES = 100_000;

  private static final Logger LOG = LoggerFactory.getLogger(Child.class);
  private static final int QUEUE = 8;
  private static final long LAST_WORDS_MILLIS = 500;

  private final Process process;
  private final Thread hook;
  private final Thread errors;
  private final ChildLog log;
  private final LongSupplier nanoTime;
  private final BlockingQueue<byte[]> toSay = new ArrayBlockingQueue<>(QUEUE);
  private final BlockingQueue<Heard> heard = new ArrayBlockingQueue<>(QUEUE);
  private final AtomicReference<ChildMessage.Progress> progress = new AtomicReference<>();
  private final AtomicInteger linesOfTask = new AtomicInteger();
  private final AtomicLong lastHeardNanos;

  /** What came out of it. */
  private sealed interface Heard {
    /** A message other than progress. */
    record Message(ChildMessage message) implements Heard {}

    /** Something that is no message; nothing after it is read. */
    record Broken(BrokenProtocolException cause) implements Heard {}

    /** Its standard output has ended. */
    record Ended() implements Heard {}
  }

  private Child(Process process, String name, LongSupplier nanoTime) {
    this.process = process;
    this.nanoTime = nanoTime;
    this.log = new ChildLog(text -> LOG.info("trainer={} {}", name, text), nanoTime);
    this.lastHeardNanos = new AtomicLong(nanoTime.getAsLong());
    this.hook = new Thread(this::killTree, "trainer-process-end");
    Runtime.getRuntime().addShutdownHook(hook);
    this.errors = thread("errors", this::readErrors);
    thread("reader", this::readMessages);
    thread("writer", this::writeMessages);
  }

  /** Starts it. */
  static Child start(ProcessBuilder builder, String name, LongSupplier nanoTime)
      throws IOException {
    return new Child(builder.start(), name, nanoTime);
  }

  private static Thread thread(String name, Runnable work) {
    Thread thread = new Thread(work, "trainer-process-" + name);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  /**
   * Says something, whether it listens or not.
   *
   * @throws BrokenProtocolException if it has not listened for long
   */
  void say(ParentMessage message) throws BrokenProtocolException {
    if (!toSay.offer(message.line())) {
      throw new BrokenProtocolException("it does not read its standard input");
    }
  }

  /**
   * Begins a task: what was said until now belongs to none.
   *
   * @throws BrokenProtocolException if it said something that nobody asked for
   */
  void ask(ParentMessage message) throws BrokenProtocolException {
    Heard unasked = heard.poll();
    if (unasked instanceof Heard.Message early) {
      throw new BrokenProtocolException("it said " + early.message() + " though nothing was asked");
    } else if (unasked != null) {
      heard.add(unasked); // the answer to what is asked now
    }
    progress.set(null);
    linesOfTask.set(0);
    lastHeardNanos.set(nanoTime.getAsLong());
    say(message);
  }

  /**
   * Its next message, or null if none comes in time.
   *
   * @throws BrokenProtocolException if it broke the protocol, or has ended
   */
  ChildMessage hear(long millis) throws BrokenProtocolException, InterruptedException {
    Heard next = heard.poll(millis, TimeUnit.MILLISECONDS);
    if (next instanceof Heard.Broken broken) {
      throw broken.cause();
    } else if (next instanceof Heard.Ended) {
      throw BrokenProtocolException.ended(ending());
    }
    return next instanceof Heard.Message said ? said.message() : null;
  }

  /** Its newest progress since this was last asked, or null. */
  ChildMessage.Progress newProgress() {
    return progress.getAndSet(null);
  }

  /** How long it has said nothing. */
  long silentMillis() {
    return TimeUnit.NANOSECONDS.toMillis(nanoTime.getAsLong() - lastHeardNanos.get());
  }

  /** What it and its descendants hold; 0 where the system does not tell. */
  long residentBytes() {
    return MemoryBound.residentBytes(process.toHandle());
  }

  boolean alive() {
    return process.isAlive();
  }

  /** Takes leave, and kills what has not ended in time. */
  void leave(long millis) {
    try {
      say(ParentMessage.BYE);
      var unused = process.waitFor(millis, TimeUnit.MILLISECONDS);
    } catch (BrokenProtocolException e) {
      LOG.debug("it is killed without a word", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    kill();
  }

  /** Kills it and everything that it started. */
  void kill() {
    killTree();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      LOG.debug("the process is ending anyway", e);
    }
  }

  private void killTree() {
    ProcessTree.kill(process.toHandle());
  }

  /** How it ended and what it said last, for the site's log. Call it after {@link #kill}. */
  String obituary() {
    try {
      String end = ending();
      errors.join(LAST_WORDS_MILLIS);
      List<String> lines = log.lastLines();
      return end
          + (lines.isEmpty()
              ? ", nothing on its standard error"
              : ", last on its standard error: " + String.join(" | ", lines));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "not waited for";
    }
  }

  private String ending() throws InterruptedException {
    return process.waitFor(LAST_WORDS_MILLIS, TimeUnit.MILLISECONDS)
        ? "exit code " + process.exitValue()
        : "not yet gone";
  }

  // ---- the three threads ----

  private void readMessages() {
    try (InputStream out = process.getInputStream()) {
      LineReader lines = new LineReader(out, ChildMessage.MAX_BYTES);
      for (LineReader.Line line = lines.next(); line != null; line = lines.next()) {
        lastHeardNanos.set(nanoTime.getAsLong());
        if (line.cut()) {
          throw new BrokenProtocolException(
              "a line of its standard output has more than " + ChildMessage.MAX_BYTES + " bytes");
        }
        if (linesOfTask.incrementAndGet() > MAX_LINES) {
          throw new BrokenProtocolException(
              "it wrote more than " + MAX_LINES + " lines to its standard output in one task");
        }
        ChildMessage message = ChildMessage.read(line.bytes());
        if (message.progress() != null) {
          progress.set(message.progress());
        } else if (!heard.offer(new Heard.Message(message))) {
          throw new BrokenProtocolException("it says more than it is asked");
        }
      }
      tell(new Heard.Ended());
    } catch (BrokenProtocolException e) {
      tell(new Heard.Broken(e));
    } catch (IOException e) {
      LOG.debug("its standard output is closed", e);
      tell(new Heard.Ended());
    }
  }

  /** The last thing that is heard: what nobody has taken by then is of no use. */
  private void tell(Heard last) {
    while (!heard.offer(last)) {
      heard.poll();
    }
  }

  private void readErrors() {
    try (InputStream err = process.getErrorStream()) {
      LineReader lines = new LineReader(err, ChildLog.LONGEST_LINE);
      for (LineReader.Line line = lines.next(); line != null; line = lines.next()) {
        log.line(line);
      }
    } catch (IOException e) {
      LOG.debug("its standard error is closed", e);
    }
  }

  private void writeMessages() {
    try (OutputStream in = process.getOutputStream()) {
      while (process.isAlive()) {
        byte[] line = toSay.poll(1, TimeUnit.SECONDS);
        if (line != null) {
          in.write(line);
          in.flush();
        }
      }
    } catch (IOException e) {
      LOG.debug("its standard input is closed", e); // the reader hears of its end
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
