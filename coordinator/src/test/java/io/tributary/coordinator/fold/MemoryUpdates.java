package io.tributary.coordinator.fold;

import io.tributary.common.sum.FixedPoint;
import io.tributary.common.wire.Digest;
import io.tributary.coordinator.fold.Aggregator.TileFold;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Updates in memory, and the aggregate that a rule makes of them. */
final class MemoryUpdates {
  static final FixedPoint FORMAT = FixedPoint.forBounds(64, 1 << 20, 8);

  private MemoryUpdates() {}

  /** An update of these values. */
  static FoldInput input(long weight, float... delta) {
    byte[] content = bytes(delta).array();
    return new FoldInput(() -> reader(content), weight, Digest.sha256(content));
  }

  /** One of weight 1 for each value. */
  static List<FoldInput> single(float... values) {
    List<FoldInput> inputs = new ArrayList<>();
    for (float value : values) {
      inputs.add(input(1, value));
    }
    return inputs;
  }

  /** Updates around a common direction, as training gives them. */
  static List<FoldInput> random(Random random, int updates, int values) {
    float[] direction = new float[values];
    for (int i = 0; i < values; i++) {
      direction[i] = (float) random.nextGaussian() / 8;
    }
    List<FoldInput> inputs = new ArrayList<>();
    for (int update = 0; update < updates; update++) {
      float[] delta = new float[values];
      for (int i = 0; i < values; i++) {
        delta[i] = direction[i] + (float) random.nextGaussian() / 4;
      }
      inputs.add(input(1 + random.nextInt(1000), delta));
    }
    return inputs;
  }

  /** What an update holds. */
  static double[] values(FoldInput input, int count) {
    ByteBuffer bytes = ByteBuffer.allocate(count * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    try (UpdateReader reader = input.update().open()) {
      reader.read(0, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = bytes.getFloat(i * Float.BYTES);
    }
    return values;
  }

  /** The aggregate, made in tiles of at most {@code tileValues}. */
  static double[] aggregate(Aggregator rule, List<FoldInput> inputs, int values, int tileValues) {
    ByteBuffer bytes = ByteBuffer.allocateDirect(4096);
    int most = Math.min(tileValues, rule.tileValues(inputs.size()));
    double[] aggregate = new double[values];
    double[] tile = new double[most];
    float[] delta = new float[most];
    try (OpenUpdates updates = new OpenUpdates(inputs, values, bytes)) {
      TileFold tiles = rule.init(new Aggregator.Spec(FORMAT, updates, most));
      for (int at = 0; at < values; at += most) {
        int length = Math.min(most, values - at);
        tiles.begin(length);
        for (int i = 0; i < inputs.size(); i++) {
          if (tiles.needs(i)) {
            updates.read(i, at, length, delta);
            tiles.accumulate(i, delta);
          }
        }
        tiles.finish(tile);
        System.arraycopy(tile, 0, aggregate, at, length);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return aggregate;
  }

  /** The aggregate of one-valued updates. */
  static double aggregate(Aggregator rule, List<FoldInput> inputs) {
    return aggregate(rule, inputs, 1, 1)[0];
  }

  static ByteBuffer bytes(float... values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return bytes;
  }

  private static UpdateReader reader(byte[] content) {
    return new UpdateReader() {
      @Override
      public void read(long offsetBytes, ByteBuffer into) {
        into.put(content, Math.toIntExact(offsetBytes), into.remaining());
      }

      @Override
      public void close() {}
    };
  }
}
