package io.tributary.simulation.swarm;

import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.v1.SignedStatement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/**
 * What the clients of a swarm report, put together: the times of each round, the receipts, and how
 * it ended. Thread-safe; called on event loops, so nothing here waits.
 */
final class SwarmEvents {
  private final int clients;
  private final int lastRound;
  private final LongSupplier nanos;
  private final DoubleSupplier coordinatorCpuSeconds;
  private final Map<Integer, RoundTimes> times = new HashMap<>(); // guarded by this
  private final List<TakenReceipt> receipts = new ArrayList<>(); // guarded by this
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private long count; // of events; guarded by this
  private int farewells; // guarded by this
  private long logEntries; // guarded by this

  /**
   * A receipt that a client was sent.
   *
   * @param client whose
   * @param task of which round
   * @param statement what the coordinator signed
   */
  record TakenReceipt(int client, TaskId task, SignedStatement statement) {}

  /**
   * Nothing has happened yet.
   *
   * @param lastRound of the job
   */
  SwarmEvents(
      int clients, int lastRound, LongSupplier nanos, DoubleSupplier coordinatorCpuSeconds) {
    this.clients = clients;
    this.lastRound = lastRound;
    this.nanos = nanos;
    this.coordinatorCpuSeconds = coordinatorCpuSeconds;
  }

  private RoundTimes round(TaskId task) {
    count++;
    return times.computeIfAbsent(task.round(), first -> new RoundTimes());
  }

  private RoundTimes.Moment now() {
    return new RoundTimes.Moment(nanos.getAsLong(), coordinatorCpuSeconds.getAsDouble());
  }

  synchronized void offered(TaskId task) {
    RoundTimes round = round(task);
    if (task.kind() == TaskId.Kind.TRAIN && !round.firstOffer.hasCome()) {
      round.firstOffer = now();
    } else if (task.kind() == TaskId.Kind.EVALUATE && !round.firstEvaluationOffer.hasCome()) {
      round.firstEvaluationOffer = now();
    }
  }

  synchronized void uploading(TaskId task) {
    RoundTimes round = round(task);
    if (!round.firstChunk.hasCome()) {
      round.firstChunk = now();
    }
  }

  synchronized void receipt(int client, TaskId task, SignedStatement statement) {
    RoundTimes round = round(task);
    receipts.add(new TakenReceipt(client, task, statement));
    round.receipts++;
    if (round.receipts == clients) {
      round.lastReceipt = now();
    }
  }

  synchronized void modelReceived(TaskId task, long bytes) {
    RoundTimes round = round(task);
    round.modelBytes += bytes;
    if (round.modelBytes == bytes * clients) {
      round.lastModelChunk = now();
    }
  }

  synchronized void evaluated(TaskId task) {
    RoundTimes round = round(task);
    round.evaluations++;
    if (round.evaluations == clients) {
      round.lastEvaluation = now();
    }
  }

  synchronized void logEntries(int entries) {
    count++;
    logEntries += entries;
  }

  synchronized void farewell(boolean completed, String reason) {
    count++;
    if (!completed) {
      failed("the job failed: " + reason);
      return;
    }
    farewells++;
    if (farewells == clients) {
      ended.complete(null);
    }
  }

  /** Something is not as it should be; the first reason is the one that counts. */
  void failed(String reason) {
    ended.completeExceptionally(new SwarmFailedException(reason));
  }

  /**
   * Waits for the end of the job, or as long as is said.
   *
   * @return whether it has ended, every client having been told
   * @throws SwarmFailedException when something went wrong
   */
  boolean awaitEnd(long millis) throws InterruptedException, SwarmFailedException {
    try {
      ended.get(millis, TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException stillGoingOn) {
      return false;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof SwarmFailedException failure) {
        throw failure;
      }
      throw new IllegalStateException("only failed() ends it otherwise", e);
    }
  }

  /** Grows with everything that any client hears: for whoever watches for a standstill. */
  synchronized long count() {
    return count;
  }

  synchronized long logEntries() {
    return logEntries;
  }

  synchronized List<TakenReceipt> receipts() {
    return List.copyOf(receipts);
  }

  /**
   * The rounds of the job from one on, to the last.
   *
   * @throws SwarmFailedException when one is not whole
   */
  synchronized List<RoundTimes> rounds(int from) throws SwarmFailedException {
    List<RoundTimes> whole = new ArrayList<>();
    for (int i = from; i <= lastRound; i++) {
      RoundTimes round = times.getOrDefault(i, new RoundTimes());
      if (round.receipts != clients || round.evaluations != clients) {
        throw new SwarmFailedException(
            "in round %d there were %d receipts and %d accepted evaluations, not %d of each"
                .formatted(i, round.receipts, round.evaluations, clients));
      }
      whole.add(round);
    }
    return whole;
  }
}
