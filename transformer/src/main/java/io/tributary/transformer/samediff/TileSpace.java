package io.tributary.transformer.samediff;

import io.tributary.transformer.samediff.TiledAttention.TileRules;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Exp;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The tiles of one attention node: views into its inputs and outputs, scratch of the size of a
 * tile, and the native calls that turn tiles of q and k into scores. One batched call serves all
 * sequences and heads of a pair of tiles, without copying: a key tile is handed to all query heads
 * of its group by a stride of 0. Letters as in {@link TiledAttention}; n and m are the lengths of a
 * query and a key tile.
 */
final class TileSpace implements AutoCloseable {
  /** Added to scores of what the pattern hides: exp of it is 0 in float and double. */
  private static final double HIDDEN = -1e9;

  /** Below every real score and above every hidden one. */
  private static final double FLOOR = -1e8;

  final TilePattern pattern;
  final int groups;
  private final TileRules rules;
  private final DataType type;
  private final long batches;
  private final long heads; // K
  private final long queries; // T
  private final long keys; // L
  private final List<INDArray> masks = new ArrayList<>();
  private final List<INDArray> logSums = new ArrayList<>(); // by query tile (B·K·G, n, 1)
  private final INDArray scoreMemory;
  private final Map<String, Tile> tiles = new HashMap<>();
  private final List<NativeCall> calls = new ArrayList<>();

  private final NativeCall scaledScores;
  private final NativeCall add = call(new NativeCall("add"));
  final NativeCall subtract = call(new NativeCall("subtract"));
  final NativeCall multiply = call(new NativeCall("multiply"));

  /** Scratch of one tile, in the shapes that calls want. */
  static final class Tile {
    final INDArray grouped; // (B·K, G, n, m)
    final INDArray stacked; // (B·K·G, n, m)
    final INDArray perSequence; // (B, K·G·n, m)
    final INDArray flat; // (B·K·G·n, m)
    final List<INDArray> byGroup = new ArrayList<>(); // G times (B·K, n, m)
    private final Exp exp;

    Tile(INDArray memory, long batches, long heads, int groups, long n, long m) {
      INDArray used = view(memory, 0, new long[] {batches * heads * groups * n * m}, 1);
      grouped = used.reshape('c', batches * heads, groups, n, m);
      stacked = used.reshape('c', batches * heads * groups, n, m);
      perSequence = used.reshape('c', batches, heads * groups * n, m);
      flat = used.reshape('c', batches * heads * groups * n, m);
      for (int g = 0; g < groups; g++) {
        byGroup.add(
            view(memory, g * n * m, new long[] {batches * heads, n, m}, groups * n * m, m, 1));
      }
      exp = new Exp(stacked, stacked);
    }

    void exponentiate() {
      Nd4j.getExecutioner().exec(exp);
    }
  }

  TileSpace(
      TiledAttention owner, TileRules rules, String keep, List<INDArray> inputs, String purpose) {
    INDArray q = inputs.get(0);
    INDArray k = inputs.get(1);
    this.rules = rules;
    this.type = q.dataType();
    this.groups = rules.groups();
    this.batches = q.size(0);
    this.heads = q.size(1);
    this.queries = q.size(2) / groups;
    this.keys = k.size(2);
    this.pattern = new TilePattern(rules.rules(), rules.causal(), (int) queries, (int) keys);
    long stack = batches * heads * groups;
    long n = pattern.queriesOf(0);
    scoreMemory = owner.scratch(purpose, type, stack * n * pattern.keysOf(0));
    INDArray sums = owner.scratch(keep + "log.sums", type, stack * queries);
    for (int i = 0; i < pattern.queryTiles(); i++) {
      long length = pattern.queriesOf(i);
      logSums.add(view(sums, stack * n * i, new long[] {stack, length, 1}, length, 1, 1));
    }
    for (int number = 0; number < pattern.masks().size(); number++) {
      masks.add(mask(owner, number));
    }
    scaledScores = call(NativeCall.matrixProduct(false, true, rules.scale(), false));
  }

  private INDArray mask(TiledAttention owner, int number) {
    TilePattern.Mask mask = pattern.masks().get(number);
    int length = mask.queries() * mask.keys();
    // Layers of the same rules and lengths cut the same masks in the same order.
    String name =
        "mask."
            + number
            + rules.rules()
            + (rules.causal() ? ".causal." : ".")
            + queries
            + "."
            + keys;
    double[] values = new double[length];
    mask.hidden().stream().forEach(i -> values[i] = HIDDEN);
    INDArray array = owner.scratch(name, type, length);
    array.assign(Nd4j.createFromArray(values));
    return array.reshape('c', 1, mask.queries(), mask.keys());
  }

  NativeCall call(NativeCall made) {
    calls.add(made);
    return made;
  }

  double scale() {
    return rules.scale();
  }

  long stack() {
    return batches * heads * groups;
  }

  /** Scratch for the scores of a pair of tiles. */
  Tile tile(int queryTile, int keyTile) {
    return tile("scores", scoreMemory, queryTile, keyTile);
  }

  Tile tile(String purpose, INDArray memory, int queryTile, int keyTile) {
    long n = pattern.queriesOf(queryTile);
    long m = pattern.keysOf(keyTile);
    return tiles.computeIfAbsent(
        purpose + n + "x" + m, key -> new Tile(memory, batches, heads, groups, n, m));
  }

  /** Logarithms of the rows' sums, (B·K·G, n, 1); kept for the derivative. */
  INDArray logSums(int queryTile) {
    return logSums.get(queryTile);
  }

  /** Values to compare rows' maxima with: rows that see nothing lie below. */
  INDArray floor(TiledAttention owner) {
    INDArray floor = owner.scratch("floor", type, 1);
    floor.assign(FLOOR);
    return floor.reshape('c', 1, 1, 1);
  }

  /** Scores of a pair, with everything hidden at -1e9 or below. */
  void scores(Tile tile, INDArray q, INDArray k, TilePattern.Pair pair, INDArray presentOrNull) {
    scaledScores.run(tile.grouped, q, k);
    if (pair.mask() != TilePattern.SEES_ALL) {
      add.run(tile.stacked, tile.stacked, masks.get(pair.mask()));
    }
    if (presentOrNull != null) {
      add.run(tile.perSequence, tile.perSequence, presentOrNull);
    }
  }

  /** Tiles of (B, K, G·T, x), each (B·K, G, n, x). */
  List<INDArray> queryTiles(INDArray array) {
    long x = array.size(3);
    List<INDArray> views = new ArrayList<>();
    for (int i = 0; i < pattern.queryTiles(); i++) {
      views.add(
          view(
              array,
              (long) i * pattern.tileLength() * x,
              new long[] {batches * heads, groups, pattern.queriesOf(i), x},
              groups * queries * x,
              queries * x,
              x,
              1));
    }
    return views;
  }

  /** Tiles of one query head of each group, of (B, K, G·T, x), each (B·K, n, x). */
  List<INDArray> queryTiles(INDArray array, int group) {
    long x = array.size(3);
    List<INDArray> views = new ArrayList<>();
    for (int i = 0; i < pattern.queryTiles(); i++) {
      views.add(
          view(
              array,
              (group * queries + (long) i * pattern.tileLength()) * x,
              new long[] {batches * heads, pattern.queriesOf(i), x},
              groups * queries * x,
              x,
              1));
    }
    return views;
  }

  /** Tiles of (B, K, L, x) as each query head of the group sees them, each (B·K, G, m, x). */
  List<INDArray> sharedKeyTiles(INDArray array) {
    long x = array.size(3);
    List<INDArray> views = new ArrayList<>();
    for (int j = 0; j < pattern.keyTiles(); j++) {
      views.add(
          view(
              array,
              (long) j * pattern.tileLength() * x,
              new long[] {batches * heads, groups, pattern.keysOf(j), x},
              keys * x,
              0,
              x,
              1));
    }
    return views;
  }

  /** Tiles of (B, K, L, x), each (B·K, m, x). */
  List<INDArray> keyTiles(INDArray array) {
    long x = array.size(3);
    List<INDArray> views = new ArrayList<>();
    for (int j = 0; j < pattern.keyTiles(); j++) {
      views.add(
          view(
              array,
              (long) j * pattern.tileLength() * x,
              new long[] {batches * heads, pattern.keysOf(j), x},
              keys * x,
              x,
              1));
    }
    return views;
  }

  /** Tiles of (B, 1, 1, L), each (B, 1, m); nulls without one. */
  List<INDArray> presentTiles(List<INDArray> inputs) {
    List<INDArray> views = new ArrayList<>();
    for (int j = 0; j < pattern.keyTiles(); j++) {
      views.add(
          inputs.size() < 4
              ? null
              : view(
                  inputs.get(3),
                  (long) j * pattern.tileLength(),
                  new long[] {batches, 1, pattern.keysOf(j)},
                  keys,
                  keys,
                  1));
    }
    return views;
  }

  static INDArray view(INDArray array, long offset, long[] shape, long... strides) {
    return Nd4j.create(
        array.data(), shape, strides, array.offset() + offset, 'c', array.dataType());
  }

  /** Frees native argument lists; arrays are the owner's. */
  @Override
  public void close() {
    calls.forEach(NativeCall::close);
    calls.clear();
  }
}
