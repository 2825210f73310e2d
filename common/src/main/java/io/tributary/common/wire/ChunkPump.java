package io.tributary.common.wire;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongConsumer;

/**
 * Writes the chunks of one connection, as many as its outbound buffer has room for, and then waits
 * to be told that there is room again.
 *
 * <p>Confined to the connection's event loop. One turn writes at most {@link
 * WireLimits#outboundHighWaterBytes} and then lets the other connections of the loop have theirs;
 * it never loops on {@code isWritable}, and it is never re-entered from a flush.
 */
final class ChunkPump {
  private final ChannelHandlerContext context;
  private final WireLimits limits;
  private final SendingBudget budget;
  private final LongConsumer whenSent;
  private final Queue<Transfer> transfers = new ArrayDeque<>();
  private boolean turnScheduled;
  private long bytesInFlight; // written, not yet taken by the operating system
  private boolean held; // the budget is used up: the next turn is when a write is done
  private IOException closed; // null while open

  ChunkPump(
      ChannelHandlerContext context,
      WireLimits limits,
      SendingBudget budget,
      LongConsumer whenSent) {
    this.context = context;
    this.limits = limits;
    this.budget = budget;
    this.whenSent = whenSent;
  }

  /** One blob on its way. */
  private static final class Transfer {
    final TaskId task;
    final ChunkSource source;
    final ChunkSet lacking;
    final CompletableFuture<Void> done;
    int next; // the first index that has not been considered
    int inFlight; // written, not yet taken by the operating system
    boolean allWritten;

    Transfer(TaskId task, ChunkSource source, ChunkSet lacking, CompletableFuture<Void> done) {
      this.task = task;
      this.source = source;
      this.lacking = lacking;
      this.done = done;
    }
  }

  void add(TaskId task, ChunkSource source, ChunkSet lacking, CompletableFuture<Void> done) {
    if (closed != null) {
      done.completeExceptionally(closed);
      return;
    }
    transfers.removeIf(transfer -> transfer.done.isDone());
    if (transfers.size() >= limits.maxTransfersPerConnection()) {
      done.completeExceptionally(
          new IOException(
              "%d transfers wait on this connection already, the most that may: cancel one"
                  .formatted(transfers.size())));
      return;
    }
    transfers.add(new Transfer(task, source, lacking, done));
    scheduleTurn();
  }

  /** The outbound buffer has room, or may have. */
  void writabilityChanged() {
    if (context.channel().isWritable()) {
      scheduleTurn();
    }
  }

  /** Fails everything that is not done; what is written already stays in the outbound buffer. */
  void close(IOException reason) {
    if (closed != null) {
      return;
    }
    closed = reason;
    for (Transfer transfer = transfers.poll(); transfer != null; transfer = transfers.poll()) {
      transfer.done.completeExceptionally(reason);
    }
  }

  private void scheduleTurn() {
    if (!turnScheduled && !transfers.isEmpty()) {
      turnScheduled = true;
      context.executor().execute(this::turn);
    }
  }

  private void turn() {
    turnScheduled = false;
    long roomBytes = limits.outboundHighWaterBytes();
    boolean written = false;
    held = false;
    while (roomBytes > 0 && !transfers.isEmpty() && context.channel().isWritable()) {
      if (!budget.allows(bytesInFlight)) {
        held = true;
        break;
      }
      int bytes = step(transfers.element());
      roomBytes -= bytes;
      written |= bytes > 0;
    }
    if (written) {
      context.flush();
    }
    if (!held) {
      writabilityChanged();
    }
  }

  /**
   * Writes one chunk of a transfer, or takes a finished one off the queue; returns bytes written.
   */
  private int step(Transfer transfer) {
    int index = transfer.done.isDone() ? -1 : transfer.lacking.next(transfer.next);
    if (index < 0) {
      transfers.remove();
      transfer.allWritten = true;
      completeIfTaken(transfer);
      return 0;
    }
    ByteBuf frame;
    try {
      frame = FrameEncoder.chunk(context.alloc(), transfer.task, index, transfer.source);
    } catch (IOException | RuntimeException e) {
      transfers.remove();
      transfer.done.completeExceptionally(new ChunkReadException(index, e));
      return 0;
    }
    int bytes = frame.readableBytes();
    transfer.next = index + 1;
    transfer.inFlight++;
    bytesInFlight += bytes;
    budget.written(bytes);
    context
        .write(frame)
        .addListener(
            write -> {
              transfer.inFlight--;
              bytesInFlight -= bytes;
              budget.gone(bytes);
              if (held) {
                scheduleTurn();
              }
              if (write.isSuccess()) {
                whenSent.accept(bytes);
                completeIfTaken(transfer);
              } else {
                transfer.done.completeExceptionally(write.cause());
              }
            });
    return bytes;
  }

  private static void completeIfTaken(Transfer transfer) {
    if (transfer.allWritten && transfer.inFlight == 0) {
      transfer.done.complete(null);
    }
  }
}
