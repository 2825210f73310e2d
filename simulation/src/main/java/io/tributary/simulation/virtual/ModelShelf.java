package io.tributary.simulation.virtual;

import io.netty.buffer.ByteBuf;
import io.tributary.common.wire.ChunkSet;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The models that the virtual sites have, one copy for all of them: the first site that is offered
 * a model downloads and verifies it, the others lack no chunk of it. So a round's model is read
 * once, whatever the number of sites.
 */
final class ModelShelf {
  /** The model in use and the one before, as a real site keeps them. */
  private static final int MAX_MODELS = 2;

  private static final class Model {
    private final ChunkSet lacking;
    private final List<Consumer<float[]>> waiting = new ArrayList<>();
    private ByteBuffer bytes; // while it is on its way
    private float[] weights; // once it is whole

    private Model(Manifest manifest) {
      this.lacking = ChunkSet.all(manifest.chunkCount());
      this.bytes = ByteBuffer.allocate(Math.toIntExact(manifest.totalBytes()));
    }
  }

  private final Map<String, Model> models = new LinkedHashMap<>();

  /**
   * Asks for a model.
   *
   * @param whenThere called with the weights, which are everybody's and never to be changed; at
   *     once if they are there
   * @return chunks that the asking site is to download
   */
  ChunkSet ask(Manifest manifest, Consumer<float[]> whenThere) {
    String digest = manifest.digest().hex();
    Model model = models.get(digest);
    boolean first = model == null;
    if (first) {
      model = new Model(manifest);
      models.put(digest, model);
      evict();
    }
    if (model.weights != null) {
      whenThere.accept(model.weights);
      return ChunkSet.none(manifest.chunkCount());
    }
    model.waiting.add(whenThere);
    return first ? model.lacking.copy() : ChunkSet.none(manifest.chunkCount());
  }

  private void evict() {
    var oldest = models.keySet().iterator();
    while (models.size() > MAX_MODELS) {
      oldest.next();
      oldest.remove();
    }
  }

  /**
   * Takes a chunk of a model in.
   *
   * @throws ProtocolException if it is not what the manifest says
   */
  void chunk(Manifest manifest, int index, ByteBuf data) {
    Model model = models.get(manifest.digest().hex());
    if (model == null || model.weights != null || !model.lacking.contains(index)) {
      return;
    }
    if (!manifest.verifies(index, data)) {
      throw new ProtocolException("chunk " + index + " of the model does not match its SHA-256");
    }
    data.getBytes(
        data.readerIndex(),
        model.bytes.slice((int) manifest.chunkOffset(index), manifest.chunkLength(index)));
    model.lacking.remove(index);
    if (model.lacking.isEmpty()) {
      model.weights = floats(model.bytes);
      model.bytes = null;
      List<Consumer<float[]>> waiting = List.copyOf(model.waiting);
      model.waiting.clear();
      waiting.forEach(consumer -> consumer.accept(model.weights));
    }
  }

  private static float[] floats(ByteBuffer bytes) {
    float[] weights = new float[bytes.capacity() / Float.BYTES];
    bytes.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(weights);
    for (float weight : weights) {
      if (!Float.isFinite(weight)) {
        throw new ProtocolException("the offered model holds NaN or infinity");
      }
    }
    return weights;
  }
}
