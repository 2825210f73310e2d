package io.tributary.transformer.samediff;

import io.tributary.common.model.AttentionRules;
import io.tributary.common.model.TransformerConfig;
import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Keys and values of past positions, one array a layer.
 *
 * <p>A layer's array has a row for each (sequence, part, position), row (b·P + p)·T + position of P
 * parts, and one row more: what is computed for a place that holds no token is written there. Parts
 * are the K key heads and then the K value heads, rows s wide; the latent kind has one part, rows
 * of its latent and its shared rotary key. So any set of positions is appended by overwriting rows,
 * and a sequence is one block of memory.
 */
final class KeyValueCache implements AutoCloseable {
  private final int sequences;
  private final int parts;
  private final int positions;
  private final int width;
  private final List<INDArray> layers = new ArrayList<>();
  private INDArray scratch;

  /** An empty cache for B sequences of T positions. */
  KeyValueCache(TransformerConfig config, int sequences) {
    boolean latent = config.attention().kind() == AttentionRules.Kind.LATENT;
    this.sequences = sequences;
    this.positions = config.contextLength();
    this.parts = latent ? 1 : 2 * config.keyValueHeads();
    this.width =
        latent ? config.attention().latentWidth() + config.rotaryWidth() : config.headWidth();
    long rows = (long) sequences * parts * positions + 1;
    if (rows > Integer.MAX_VALUE) { // rows are numbered by 32-bit integers
      throw new IllegalArgumentException(
          "the cache would have "
              + rows
              + " rows but at most "
              + Integer.MAX_VALUE
              + " are possible: decode fewer sequences at a time");
    }
    boolean whole = false;
    try {
      for (int layer = 0; layer < config.layers(); layer++) {
        layers.add(Nd4j.create(DataType.FLOAT, rows, width));
      }
      whole = true;
    } finally {
      if (!whole) {
        close();
      }
    }
  }

  /** (B·P·T + 1, width). */
  INDArray layer(int layer) {
    return layers.get(layer);
  }

  /** P. */
  int parts() {
    return parts;
  }

  /** Columns of a row. */
  int width() {
    return width;
  }

  /** Row of a position. */
  int row(int sequence, int part, int position) {
    return (sequence * parts + part) * positions + position;
  }

  /** Row for what nobody will read. */
  int spareRow() {
    return sequences * parts * positions;
  }

  /** Afterwards sequence i is what sequence {@code parents[i]} was. */
  void reorder(int[] parents) {
    boolean same = true;
    for (int s = 0; s < parents.length; s++) {
      same &= parents[s] == s;
    }
    if (same) {
      return;
    }
    if (scratch == null) {
      scratch = Nd4j.create(DataType.FLOAT, sequences, (long) parts * positions * width);
    }
    for (INDArray layer : layers) {
      INDArray bySequence = bySequence(layer);
      scratch.assign(bySequence);
      for (int s = 0; s < parents.length; s++) {
        if (parents[s] != s) {
          bySequence.getRow(s).assign(scratch.getRow(parents[s]));
        }
      }
    }
  }

  /** A view, (B, P·T·width). */
  private INDArray bySequence(INDArray layer) {
    long size = (long) parts * positions * width;
    return Nd4j.create(
        layer.data(), new long[] {sequences, size}, new long[] {size, 1}, 0, 'c', DataType.FLOAT);
  }

  /** Bytes of all layers. */
  long bytes() {
    return layers.stream().mapToLong(layer -> layer.length() * Float.BYTES).sum();
  }

  @Override
  public void close() {
    layers.forEach(INDArray::close);
    layers.clear();
    if (scratch != null) {
      scratch.close();
      scratch = null;
    }
  }
}
