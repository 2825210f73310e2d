package io.tributary.common.model;

import io.tributary.common.tensor.Layout;
import io.tributary.common.tensor.TensorSpec;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * First weights that come from another model: each tensor that the other has by the same name is
 * taken over, and what fine-tuning adds (adapters, a new head) is made from the seed.
 *
 * <p>A position embedding may be longer in the other model: its first rows are taken. Everything
 * else must have the same shape, or there is nothing sound to do.
 */
public final class StartingWeights implements WeightStream, Closeable {
  /** What a model may have that the one it starts from has not. */
  private static final List<String> NEW_PARTS =
      List.of(ModelTensors.CLASSIFIER + ".", ModelTensors.HEAD + ".", "ahead.");

  private static final int BUFFER_BYTES = 64 * 1024;

  private final Layout layout;
  private final Layout source;
  private final InitialWeights made;
  private final FileChannel file;
  private final ByteBuffer buffer =
      ByteBuffer.allocate(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private int tensor;
  private long at;

  private StartingWeights(Layout layout, long seed, Layout source, FileChannel file) {
    this.layout = layout;
    this.source = source;
    this.made = new InitialWeights(layout, seed);
    this.file = file;
  }

  /**
   * Opens the other model's weights.
   *
   * @param layout of the new model
   * @param seed of what the other model does not have
   * @param source layout of the other model
   * @param weights its file of little-endian floats; checked by the caller
   * @throws IllegalArgumentException naming the first tensor that does not fit
   */
  public static StartingWeights open(Layout layout, long seed, Layout source, Path weights)
      throws IOException {
    requireFit(layout, source);
    return new StartingWeights(
        layout, seed, source, FileChannel.open(weights, StandardOpenOption.READ));
  }

  /**
   * Checks that one model can start from another.
   *
   * @throws IllegalArgumentException naming the first tensor that does not fit
   */
  public static void requireFit(Layout layout, Layout source) {
    for (TensorSpec wanted : layout.tensors()) {
      Optional<TensorSpec> found = source.find(wanted.name());
      if (found.isEmpty() && !isNew(wanted.name())) {
        throw new IllegalArgumentException(
            "the model has a tensor "
                + wanted.name()
                + " but the one it starts from has none: name the same parts in the job's model");
      }
      if (found.isPresent() && !fits(wanted, found.get())) {
        throw new IllegalArgumentException(
            "tensor "
                + wanted.name()
                + " has shape "
                + wanted.shape()
                + " but "
                + found.get().shape()
                + " in the model it starts from: name the same sizes in the job's model");
      }
    }
  }

  /**
   * Checks that two models mean the same by the same tensors: what no shape shows. Head, tuning,
   * context, attention pattern and the scaling of rotary positions may differ.
   *
   * @throws IllegalArgumentException naming the first part that differs
   */
  public static void requireSameMeaning(ModelConfig model, ModelConfig source) {
    if (model instanceof TextModelConfig text && source instanceof TextModelConfig other) {
      requireSameText(text, other);
    } else if (model instanceof ExternalConfig wanted && source instanceof ExternalConfig found) {
      requireEqual("external.program", wanted.program(), found.program());
    } else {
      requireEqual("kind", model.getClass().getSimpleName(), source.getClass().getSimpleName());
    }
  }

  private static void requireSameText(TextModelConfig model, TextModelConfig source) {
    requireEqual("tokenizer", model.tokenizer(), source.tokenizer());
    requireEqual("stack", model.stack(), source.stack());
    if (model instanceof TransformerConfig wanted && source instanceof TransformerConfig found) {
      requireEqual("heads", wanted.heads(), found.heads());
      requireEqual("position.kind", wanted.position().kind(), found.position().kind());
      requireEqual("position.base", wanted.position().base(), found.position().base());
      requireEqual("norm", wanted.norm(), found.norm());
      requireEqual("feed-forward.kind", wanted.feedForward().kind(), found.feedForward().kind());
      requireEqual("feed-forward.top-k", wanted.feedForward().topK(), found.feedForward().topK());
    } else {
      requireEqual("kind", model.getClass().getSimpleName(), source.getClass().getSimpleName());
    }
  }

  private static void requireEqual(String key, Object wanted, Object found) {
    if (!Objects.equals(wanted, found)) {
      throw new IllegalArgumentException(
          "model."
              + key
              + " is "
              + wanted
              + " but "
              + found
              + " in the model it starts from, whose weights would mean something else: state that");
    }
  }

  private static boolean isNew(String name) {
    return name.contains(".lora.") || NEW_PARTS.stream().anyMatch(name::startsWith);
  }

  private static boolean fits(TensorSpec wanted, TensorSpec found) {
    if (wanted.name().equals(ModelTensors.POSITION_EMBEDDING)) {
      return found.shape().get(0) >= wanted.shape().get(0)
          && found.shape().get(1).equals(wanted.shape().get(1));
    }
    return wanted.shape().equals(found.shape());
  }

  @Override
  public long remaining() {
    return layout.parameterCount() - at;
  }

  @Override
  public void next(float[] values, int length) throws IOException {
    // All are made, and most are overwritten: each tensor has its own stream of random values.
    made.next(values, length);
    for (int done = 0; done < length; ) {
      TensorSpec current = layout.tensors().get(tensor);
      int count = (int) Math.min(length - done, current.end() - at);
      Optional<TensorSpec> found = source.find(current.name());
      if (found.isPresent()) {
        read(found.get().offset() + at - current.offset(), values, done, count);
      }
      done += count;
      at += count;
      if (at == current.end()) {
        tensor++;
      }
    }
  }

  private void read(long from, float[] values, int to, int count) throws IOException {
    long position = from * Float.BYTES;
    for (int done = 0; done < count; ) {
      int piece = Math.min(count - done, BUFFER_BYTES / Float.BYTES);
      buffer.clear().limit(piece * Float.BYTES);
      while (buffer.hasRemaining()) {
        int read = file.read(buffer, position);
        if (read < 0) {
          throw new EOFException("the weights end at byte " + position);
        }
        position += read;
      }
      buffer.flip().asFloatBuffer();
      for (int i = 0; i < piece; i++) {
        values[to + done + i] = buffer.getFloat(i * Float.BYTES);
      }
      done += piece;
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
