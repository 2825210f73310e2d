package io.tributary.simulation.swarm;

import io.netty.buffer.ByteBuf;
import io.tributary.common.wire.Digest;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.ProtocolException;
import io.tributary.common.wire.TaskId;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The first models that one client of a swarm received, kept and verified so that they can be
 * recomputed. Thread-safe.
 */
final class KeptModels {
  private final int most;
  private final Map<Digest, Kept> models = new LinkedHashMap<>(); // guarded by this

  private record Kept(int round, ByteBuffer bytes) {}

  /**
   * Keeps nothing yet.
   *
   * @param most models that are kept: the initial weights and those of so many rounds less one
   */
  KeptModels(int most) {
    this.most = most;
  }

  /** Takes a chunk of a model that evaluation or training of a round brought. */
  synchronized void put(TaskId task, Manifest model, int index, ByteBuf data) {
    Digest digest = model.digest();
    if (!models.containsKey(digest) && models.size() >= most) {
      return;
    }
    if (!model.verifies(index, data)) {
      throw new ProtocolException("chunk " + index + " of the model has another SHA-256");
    }
    Kept kept =
        models.computeIfAbsent(
            digest,
            unknown ->
                new Kept(
                    task.round(),
                    ByteBuffer.allocate(Math.toIntExact(model.totalBytes()))
                        .order(ByteOrder.LITTLE_ENDIAN)));
    data.getBytes(
        data.readerIndex(),
        kept.bytes().slice((int) model.chunkOffset(index), data.readableBytes()));
  }

  /** The model that a round published, 0 being the initial weights, if it is kept. */
  synchronized Optional<float[]> ofRound(int round) {
    return models.values().stream()
        .filter(kept -> kept.round() == round)
        .findFirst()
        .map(
            kept -> {
              float[] values = new float[kept.bytes().capacity() / Float.BYTES];
              kept.bytes().asFloatBuffer().get(values);
              return values;
            });
  }
}
