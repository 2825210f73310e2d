package io.tributary.coordinator.fold;

import io.tributary.common.sum.FixedPoint;
import io.tributary.common.tensor.Layout;
import io.tributary.common.tensor.TensorSpec;
import io.tributary.coordinator.fold.Aggregator.TileFold;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * Folds a base model and any number of updates into a new model, one tile at a time, by positional
 * reads: never mapped, because mapped pages count as resident.
 *
 * <pre>
 * for each tile of the model:  base tile ┐
 *   for each update:  its tile ──► accumulate ──► finish ──► step ──► new tile ──► output file
 *                                         state before ──► tile ┴──► state after
 * </pre>
 *
 * <p>Each update is opened once for the whole fold; of more than {@link
 * OpenUpdates#MAX_OPEN_UPDATES} the rest is opened for each tile, so neither memory nor open files
 * grow with the sites. Frozen tensors are copied from the base. The inputs were checked when they
 * were accepted.
 */
public final class TiledFold {
  private final Layout layout;
  private final FixedPoint format;
  private final Aggregator aggregator;
  private final int tileValues;
  private final ByteBuffer bytes;
  private final float[] base;
  private final float[] delta;
  private final double[] aggregate;
  private final float[] result;

  /** Prepares to fold models of one layout; not thread-safe. */
  public TiledFold(Layout layout, FixedPoint format, Aggregator aggregator) {
    this(layout, format, aggregator, Aggregator.TILE_VALUES);
  }

  TiledFold(Layout layout, FixedPoint format, Aggregator aggregator, int tileValues) {
    this.layout = layout;
    this.format = format;
    this.aggregator = aggregator;
    this.tileValues = tileValues;
    this.bytes = ByteBuffer.allocateDirect(tileValues * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    this.base = new float[tileValues];
    this.delta = new float[tileValues];
    this.aggregate = new double[tileValues];
    this.result = new float[tileValues];
  }

  /** Writes the new model: the base plus the aggregate. */
  public void fold(Path baseModel, List<FoldInput> inputs, Path output) throws IOException {
    fold(baseModel, inputs, output, ServerStep.AVERAGING);
  }

  /**
   * Writes the new model, and the state of the server's optimizer after it.
   *
   * @param baseModel little-endian floats in layout order
   * @param inputs at least one
   * @param output is overwritten; neither forced nor renamed
   * @param step from the aggregate to the new values
   * @throws AggregationRefusedException when the rule does not apply to these updates
   */
  public void fold(Path baseModel, List<FoldInput> inputs, Path output, ServerStep step)
      throws IOException {
    if (inputs.isEmpty()) {
      throw new IllegalArgumentException("there is no update to fold: a round needs at least one");
    }
    int most = Math.min(tileValues, aggregator.tileValues(inputs.size()));
    try (FileChannel model = FileChannel.open(baseModel, StandardOpenOption.READ);
        OpenUpdates updates = new OpenUpdates(inputs, layout.trainableCount(), bytes);
        StateTiles state = new StateTiles(step, layout.trainableCount(), most);
        FileChannel out =
            FileChannel.open(
                output,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE)) {
      TileFold tiles = aggregator.init(new Aggregator.Spec(format, updates, most));
      long updateAt = 0; // values of the update before this tensor: frozen ones are not in it
      for (int i = 0; i < layout.tensors().size(); ) {
        boolean trainable = layout.tensors().get(i).trainable();
        long start = layout.tensors().get(i).offset();
        long end = start;
        for (; i < layout.tensors().size(); i++) { // neighbours of a kind share their tiles
          TensorSpec tensor = layout.tensors().get(i);
          if (tensor.trainable() != trainable) {
            break;
          }
          end = tensor.end();
        }
        for (long at = start; at < end; at += most) {
          int length = (int) Math.min(most, end - at);
          readBase(model, baseModel, at, length);
          if (trainable) {
            long updateTile = updateAt + at - start;
            aggregateTile(tiles, updates, updateTile, length);
            step.optimizer()
                .step(
                    base,
                    aggregate,
                    state.read(updateTile, length),
                    length,
                    step.learningRate(),
                    result);
            state.write(updateTile, length);
          } else {
            System.arraycopy(base, 0, result, 0, length);
          }
          write(out, length);
        }
        updateAt += trainable ? end - start : 0;
      }
    }
  }

  private void aggregateTile(TileFold tiles, OpenUpdates updates, long at, int length)
      throws IOException {
    tiles.begin(length);
    for (int i = 0; i < updates.count(); i++) {
      if (tiles.needs(i)) {
        updates.read(i, at, length, delta);
        tiles.accumulate(i, delta);
      }
    }
    tiles.finish(aggregate);
  }

  private void readBase(FileChannel model, Path file, long at, int length) throws IOException {
    bytes.clear().limit(length * Float.BYTES);
    long position = at * Float.BYTES;
    while (bytes.hasRemaining()) {
      int read = model.read(bytes, position);
      if (read < 0) {
        throw new EOFException(file + " ends before value " + (at + length));
      }
      position += read;
    }
    bytes.flip().asFloatBuffer().get(base, 0, length);
  }

  private void write(FileChannel out, int length) throws IOException {
    bytes.clear().limit(length * Float.BYTES);
    bytes.asFloatBuffer().put(result, 0, length);
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }
}
