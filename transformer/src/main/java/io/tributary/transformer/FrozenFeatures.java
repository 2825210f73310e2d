package io.tributary.transformer;

import io.tributary.common.model.FeedForwardRules;
import io.tributary.common.model.HeadRules;
import io.tributary.common.model.ModelTensors;
import io.tributary.common.model.TextModelConfig;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.tensor.Layout;
import io.tributary.common.tensor.TensorSpec;
import io.tributary.transformer.examples.Examples;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * What a frozen encoder makes of texts, computed once a text and kept for as long as the encoder
 * stays the same.
 *
 * <pre>
 *   weights ──(frozen part equal to the one before, value by value?)──► else forget everything
 *   tokens ──(kept?)──► vector            else encode, keep, forget those used longest ago
 * </pre>
 *
 * <p>Nothing is believed: the frozen weights of every task are compared with those that the vectors
 * were made by, and the key of a vector is all of its text's tokens. As a vector depends on these
 * two alone, results are the same to the last bit whether it was kept or not.
 *
 * <p>Belongs to one thread; {@link #prepare} has others of its own.
 */
final class FrozenFeatures implements AutoCloseable {
  /** Most bytes of vectors and their keys: about 80,000 texts of 128 tokens at a width of 384. */
  static final long MAX_BYTES = 192L << 20;

  /** What an entry of the map costs beside its arrays. */
  private static final int ENTRY_BYTES = 144;

  private static final Set<String> HEAD =
      Set.of(
          ModelTensors.weight(ModelTensors.CLASSIFIER), ModelTensors.bias(ModelTensors.CLASSIFIER));

  private final Layout layout;
  private final TextModelConfig config;
  private final Supplier<TextEncoder> encoders;
  private final TextEncoder encoder;
  private final long maxBytes;
  private final Map<Tokens, float[]> kept = new LinkedHashMap<>(16, 0.75f, true);
  private float[] weights;
  private long bytes;
  private long encoded;

  /**
   * None yet.
   *
   * @param encoders opens one, on the thread that is to use it
   * @param maxBytes of vectors and keys together; 0 keeps nothing
   */
  FrozenFeatures(TextModelConfig config, Supplier<TextEncoder> encoders, long maxBytes) {
    this.config = config;
    this.layout = config.layout();
    this.encoders = encoders;
    this.encoder = encoders.get();
    this.maxBytes = maxBytes;
  }

  /**
   * Whether a model's training leaves all but a classifier's last layer as it is. Not with experts:
   * they add a term to the loss that no text's vector shows.
   */
  static boolean serve(TextModelConfig config) {
    return config instanceof TransformerConfig transformer
        && config.head().kind() == HeadRules.Kind.CLASSIFICATION
        && transformer.feedForward().kind() != FeedForwardRules.Kind.EXPERTS
        && config.layout().trainableTensors().stream()
            .allMatch(tensor -> HEAD.contains(tensor.name()));
  }

  /**
   * Says which weights the texts to come are encoded by.
   *
   * @param parameters flat vector; may change afterwards
   */
  void use(float[] parameters) {
    if (weights != null && sameFrozen(parameters)) {
      return;
    }
    kept.clear();
    bytes = 0;
    weights = parameters.clone(); // the caller's may change
    encoder.load(weights);
  }

  private boolean sameFrozen(float[] parameters) {
    for (TensorSpec tensor : layout.tensors()) {
      int from = (int) tensor.offset();
      int to = (int) tensor.end();
      if (!tensor.trainable() && !Arrays.equals(weights, from, to, parameters, from, to)) {
        return false;
      }
    }
    return true;
  }

  /** A text's vector: d values, never to be changed. */
  float[] of(TokenBatch batch, int sequence) {
    Tokens tokens = Tokens.of(batch, sequence);
    float[] vector = kept.get(tokens);
    if (vector == null) {
      vector = encoder.encode(batch, sequence);
      encoded++;
      keep(tokens, vector);
    }
    return vector;
  }

  /**
   * Encodes texts ahead, on several threads with an encoder each, as far as they fit; the vectors
   * are the same as if each was encoded when it is needed.
   *
   * @param cancelled asked before each text; then the rest is left
   */
  void prepare(Examples examples, int threads, BooleanSupplier cancelled) {
    Map<Tokens, Integer> missing = new LinkedHashMap<>();
    TokenBatch one = TokenBatch.of(config, 1);
    long room = maxBytes;
    for (int i = 0; i < examples.count() && room > 0; i++) {
      one.clear();
      examples.fill(i, one, 0);
      Tokens tokens = Tokens.of(one, 0);
      if (!kept.containsKey(tokens) && missing.putIfAbsent(tokens, i) == null) {
        room -= bytes(tokens, width());
      }
    }
    if (missing.size() < 2 * threads) {
      return; // not worth a thread
    }
    List<Tokens> texts = List.copyOf(missing.keySet());
    float[][] vectors = new float[texts.size()][];
    AtomicInteger next = new AtomicInteger();
    Runnable work =
        () -> {
          TokenBatch mine = TokenBatch.of(config, 1);
          try (TextEncoder own = encoders.get()) {
            own.load(weights);
            int i = next.getAndIncrement();
            while (i < vectors.length && !cancelled.getAsBoolean()) {
              mine.clear();
              examples.fill(missing.get(texts.get(i)), mine, 0);
              vectors[i] = own.encode(mine, 0);
              i = next.getAndIncrement();
            }
          }
        };
    CompletableFuture<?>[] workers = new CompletableFuture<?>[threads];
    for (int i = 0; i < threads; i++) {
      workers[i] = CompletableFuture.runAsync(work, FrozenFeatures::start);
    }
    try {
      CompletableFuture.allOf(workers).join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException own) {
        throw own; // a cancellation among others
      }
      throw e;
    }
    for (int i = 0; i < vectors.length; i++) {
      if (vectors[i] != null) {
        encoded++;
        keep(texts.get(i), vectors[i]);
      }
    }
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "text-encoder");
    thread.setDaemon(true);
    thread.start();
  }

  private int width() {
    return layout.tensor(ModelTensors.weight(ModelTensors.CLASSIFIER)).shape().get(0);
  }

  private void keep(Tokens tokens, float[] vector) {
    kept.put(tokens, vector);
    bytes += bytes(tokens, vector.length);
    var eldest = kept.entrySet().iterator();
    while (bytes > maxBytes) {
      Map.Entry<Tokens, float[]> oldest = eldest.next();
      bytes -= bytes(oldest.getKey(), oldest.getValue().length);
      eldest.remove();
    }
  }

  private static long bytes(Tokens tokens, int width) {
    return ENTRY_BYTES + (long) Integer.BYTES * (tokens.ids().length + width);
  }

  /** Texts that were encoded so far. */
  long encoded() {
    return encoded;
  }

  /** Bytes that are kept. */
  long bytes() {
    return bytes;
  }

  @Override
  public void close() {
    encoder.close();
  }

  /**
   * All that a text's vector depends on beside the weights: its ids up to the last, −1 for none.
   */
  @SuppressWarnings("ArrayRecordComponent") // compared by content below
  private record Tokens(int[] ids) {
    static Tokens of(TokenBatch batch, int sequence) {
      int first = sequence * batch.length();
      int count = batch.length();
      while (count > 0 && !batch.present(first + count - 1)) {
        count--;
      }
      int[] ids = new int[count];
      for (int i = 0; i < count; i++) {
        ids[i] = batch.present(first + i) ? batch.input(first + i) : -1;
      }
      return new Tokens(ids);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Tokens that && Arrays.equals(ids, that.ids);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(ids);
    }
  }
}
