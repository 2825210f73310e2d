package io.tributary.coordinator.fold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.job.AggregationRules;
import io.tributary.common.sum.FixedPoint;
import io.tributary.common.tensor.Initializer;
import io.tributary.common.tensor.Layout;
import io.tributary.common.wire.Digest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TiledFoldTest {
  private static final FixedPoint FORMAT = FixedPoint.forBounds(8, 1 << 20, 8);
  private static final Initializer ZEROS = new Initializer.Zeros();

  private static final Digest FIRST = Digest.fromHex("00".repeat(Digest.BYTES));

  @TempDir Path directory;

  private static FoldInput input(Path file, long weight) {
    try {
      return new FoldInput(new UpdateFile(file), weight, Digest.sha256(Files.readAllBytes(file)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path file(Path directory, String name, float... values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    try {
      return Files.write(directory.resolve(name), bytes.array());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static float[] values(Path file) {
    try {
      ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
      float[] values = new float[bytes.remaining() / Float.BYTES];
      bytes.asFloatBuffer().get(values);
      return values;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void addsTheWeightedMeanOfTheDeltasToTheBase() throws IOException {
    Layout layout = Layout.builder().add("a", ZEROS, 3).build();
    Path out = directory.resolve("out");
    new TiledFold(layout, FORMAT, new WeightedMean(), 2)
        .fold(
            file(directory, "base", 1, 2, -1),
            List.of(
                input(file(directory, "u1", 1, 0.5f, 0), 1),
                input(file(directory, "u2", -1, 0.25f, 4), 3)),
            out);
    // (1·1 + 3·(−1)) / 4 = −0.5;  (0.5 + 0.75) / 4 = 0.3125;  12 / 4 = 3
    assertThat(values(out)).containsExactly(0.5f, 2.3125f, 2f);
  }

  @Test
  void leavesFrozenTensorsUntouchedAndSkipsThemInUpdates() throws IOException {
    Layout layout =
        Layout.builder()
            .add("a", ZEROS, 2)
            .addFrozen("b", ZEROS, 3)
            .add("c", ZEROS, 1)
            .addFrozen("d", ZEROS, 1)
            .build();
    Path out = directory.resolve("out");
    new TiledFold(layout, FORMAT, new WeightedMean(), 2)
        .fold(
            file(directory, "base", 1, 2, 3, 4, 5, 6, 7),
            List.of(input(file(directory, "u", 10 / 2f, 2, 1), 9)),
            out);
    assertThat(values(out)).containsExactly(6, 4, 3, 4, 5, 7, 7);
  }

  @Test
  void refusesToFoldNothing() {
    Layout layout = Layout.builder().add("a", ZEROS, 1).build();
    TiledFold fold = new TiledFold(layout, FORMAT, new WeightedMean());
    assertThatThrownBy(
            () -> fold.fold(file(directory, "base", 1), List.of(), directory.resolve("out")))
        .hasMessageContaining("no update");
  }

  @Test
  void refusesUpdatesToWhichTheRuleDoesNotApplyBeforeItTouchesAFile() {
    Layout layout = Layout.builder().add("a", ZEROS, 1).build();
    Aggregator krum =
        new Krum(new AggregationRules(AggregationRules.Rule.KRUM, null, 1, null, null, null));
    TiledFold fold = new TiledFold(layout, FORMAT, krum);
    List<FoldInput> four = MemoryUpdates.single(1, 2, 3, 4);
    Path out = directory.resolve("out");
    assertThatThrownBy(() -> fold.fold(file(directory, "base", 1), four, out))
        .isInstanceOf(AggregationRefusedException.class)
        .hasMessageContaining("needs at least 2 · 1 + 3 = 5 updates, but 4 came");
    assertThat(out).doesNotExist();
  }

  @Test
  void rulesOverAllUpdatesSkipFrozenTensorsToo() throws IOException {
    Layout layout =
        Layout.builder()
            .addFrozen("a", ZEROS, 2)
            .add("b", ZEROS, 3)
            .addFrozen("c", ZEROS, 1)
            .add("d", ZEROS, 2)
            .build();
    Path base = file(directory, "base", 1, 2, 3, 4, 5, 6, 7, 8);
    List<FoldInput> inputs =
        List.of(
            MemoryUpdates.input(1, 1, 2, 3, 4, 5),
            MemoryUpdates.input(1, 0, 2, 8, 5, 7),
            MemoryUpdates.input(1, 3, 1, 2, 3, 6));
    Path out = directory.resolve("out");
    new TiledFold(layout, FORMAT, new CoordinateMedian(), 2).fold(base, inputs, out);
    assertThat(values(out)).containsExactly(1, 2, 3 + 1, 4 + 2, 5 + 3, 6, 7 + 4, 8 + 6);
  }

  @Test
  void noticesAnUpdateThatWasCut() {
    Layout layout = Layout.builder().add("a", ZEROS, 2).build();
    TiledFold fold = new TiledFold(layout, FORMAT, new WeightedMean());
    FoldInput cut = input(file(directory, "u", 1), 1);
    assertThatThrownBy(
            () -> fold.fold(file(directory, "base", 1, 2), List.of(cut), directory.resolve("out")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("ends at byte 4");
  }

  @Test
  void opensABoundedNumberOfUpdatesOnceAndClosesThemAllAlsoOnFailure() throws IOException {
    Layout layout = Layout.builder().add("a", ZEROS, 6).build();
    Path base = file(directory, "base", 0, 0, 0, 0, 0, 0);
    UpdateFile update = new UpdateFile(file(directory, "u", 1, 1, 1, 1, 1, 1));
    int[] counts = new int[3]; // opened, open now, most open at once
    UpdateSource counting =
        () -> {
          UpdateReader reader = update.open();
          counts[0]++;
          counts[2] = Math.max(counts[2], ++counts[1]);
          return new UpdateReader() {
            @Override
            public void read(long offsetBytes, ByteBuffer into) throws IOException {
              reader.read(offsetBytes, into);
            }

            @Override
            public void close() throws IOException {
              counts[1]--;
              reader.close();
            }
          };
        };
    TiledFold fold = new TiledFold(layout, FORMAT, new WeightedMean(), 2);
    fold.fold(
        base, Collections.nCopies(5, new FoldInput(counting, 1, FIRST)), directory.resolve("out"));
    assertThat(counts).containsExactly(5, 0, 5);

    counts[0] = 0;
    counts[2] = 0;
    int many = OpenUpdates.MAX_OPEN_UPDATES + 3;
    fold.fold(
        base,
        Collections.nCopies(many, new FoldInput(counting, 1, FIRST)),
        directory.resolve("out"));
    assertThat(values(directory.resolve("out"))).containsOnly(1f);
    assertThat(counts) // the last three for each of three tiles
        .containsExactly(OpenUpdates.MAX_OPEN_UPDATES + 3 * 3, 0, OpenUpdates.MAX_OPEN_UPDATES + 1);

    UpdateSource missing = new UpdateFile(directory.resolve("missing"));
    assertThatThrownBy(
            () ->
                fold.fold(
                    base,
                    List.of(
                        new FoldInput(counting, 1, FIRST),
                        new FoldInput(missing, 1, Digest.sha256(new byte[1]))),
                    directory.resolve("out")))
        .isInstanceOf(java.nio.file.NoSuchFileException.class);
    assertThat(counts[1]).isZero();
  }

  @Property(tries = 60)
  void everyOrderAndTileSizeGivesTheSameBitsWithinTheRoundingBound(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 8) int sites) throws IOException {
    Path scratch = Files.createTempDirectory("fold");
    try {
      checkFold(scratch, new Random(seed), sites);
    } finally {
      try (Stream<Path> files = Files.list(scratch)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(scratch);
    }
  }

  private static void checkFold(Path scratch, Random random, int sites) throws IOException {
    int length = 37;
    Layout layout = Layout.builder().add("a", ZEROS, 20).add("b", ZEROS, 17).build();
    float[] base = new float[length];
    for (int i = 0; i < length; i++) {
      base[i] = (float) random.nextGaussian();
    }
    List<FoldInput> inputs = new ArrayList<>();
    double[] exact = new double[length];
    long totalWeight = 0;
    for (int site = 0; site < sites; site++) {
      float[] delta = new float[length];
      long weight = 1L + random.nextInt(1 << 20);
      for (int i = 0; i < length; i++) {
        delta[i] = (random.nextFloat() - 0.5f) * (i % 3 == 0 ? 16 : 1e-3f);
        exact[i] += (double) delta[i] * weight;
      }
      totalWeight += weight;
      inputs.add(input(file(scratch, "u" + site, delta), weight));
    }
    Path baseFile = file(scratch, "base", base);
    Path first = scratch.resolve("first");
    Path second = scratch.resolve("second");
    new TiledFold(layout, FORMAT, new WeightedMean(), 5).fold(baseFile, inputs, first);
    Collections.shuffle(inputs, random);
    new TiledFold(layout, FORMAT, new WeightedMean(), 64).fold(baseFile, inputs, second);
    assertThat(Files.readAllBytes(second)).isEqualTo(Files.readAllBytes(first));
    float[] folded = values(first);
    for (int i = 0; i < length; i++) {
      double expected = base[i] + exact[i] / totalWeight;
      double bound = FORMAT.meanErrorBound(sites, totalWeight) + Math.ulp((float) expected);
      assertThat(Math.abs(folded[i] - expected)).isLessThanOrEqualTo(bound);
    }
  }
}
