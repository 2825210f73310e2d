package io.tributary.transformer.samediff;

import io.tributary.transformer.samediff.TileSpace.Tile;
import io.tributary.transformer.samediff.TiledAttention.TileRules;
import java.util.ArrayList;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Exp;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Log;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The node of one tiled attention; see {@link TiledAttention} for inputs, letters and papers.
 *
 * <p>Only the logarithm of each row's sum is kept for the derivative.
 */
final class TiledForward extends HostOp {
  private final TiledAttention owner;
  private final String name;
  private final TileRules rules;
  private boolean differentiated;
  private Prepared prepared;

  TiledForward(TiledAttention owner, String name, TileRules rules, SDVariable... inputs) {
    super(inputs);
    this.owner = owner;
    this.name = name;
    this.rules = rules;
  }

  @Override
  public String opName() {
    return "tributary_tiled_attention";
  }

  @Override
  List<long[]> shapesFor(List<INDArray> inputs) {
    long[] shape = inputs.get(0).shape().clone();
    shape[3] = inputs.get(2).size(3);
    return List.of(shape);
  }

  @Override
  void run(List<INDArray> inputs, List<INDArray> outputs) {
    if (prepared == null) {
      prepared = new Prepared(inputs, outputs.get(0));
    }
    for (int i = 0; i < prepared.space.pattern.queryTiles(); i++) {
      prepared.queryTile(i);
    }
  }

  String keep() {
    return differentiated ? name : "";
  }

  @Override
  public List<SDVariable> doDiff(List<SDVariable> gradients) {
    differentiated = true;
    SDVariable[] inputs = new SDVariable[args().length + 2];
    System.arraycopy(args(), 0, inputs, 0, args().length);
    inputs[args().length] = outputVariable();
    inputs[args().length + 1] = gradients.get(0);
    return List.of(new TiledBackward(owner, this, rules, inputs).outputVariables());
  }

  @Override
  void release() {
    if (prepared != null) {
      prepared.space.close();
      prepared = null;
    }
    owner.release();
  }

  /** Per-row state of a query tile, in the shapes that calls want. */
  private final class Rows {
    final INDArray stacked; // (B·K·G, n, 1)
    final INDArray flat; // (B·K·G·n, 1)
    final INDArray reduced; // (B·K·G, n)
    final INDArray grouped; // (B·K, G, n, 1)

    Rows(String purpose, TileSpace space, INDArray like, long n) {
      INDArray values = owner.scratch(purpose + n, like.dataType(), space.stack() * n);
      stacked = values.reshape('c', space.stack(), n, 1);
      flat = values.reshape('c', space.stack() * n, 1);
      reduced = values.reshape('c', space.stack(), n);
      grouped = values.reshape('c', space.stack() / space.groups, space.groups, n, 1);
    }
  }

  /** Everything that stays the same from run to run. */
  private final class Prepared {
    final TileSpace space;
    private final List<INDArray> q;
    private final List<INDArray> k;
    private final List<INDArray> v;
    private final List<INDArray> present;
    private final List<INDArray> output;
    private final List<List<Rows>> rows = new ArrayList<>();
    private final List<INDArray> ones = new ArrayList<>(); // by key tile (m, 1)
    private final INDArray floor;
    private final NativeCall product;
    private final NativeCall addProduct;
    private final NativeCall largest;
    private final NativeCall maximum;
    private final NativeCall add;
    private final NativeCall divide;

    Prepared(List<INDArray> inputs, INDArray result) {
      space = new TileSpace(owner, rules, keep(), inputs, "scores");
      q = space.queryTiles(inputs.get(0));
      k = space.sharedKeyTiles(inputs.get(1));
      v = space.sharedKeyTiles(inputs.get(2));
      present = space.presentTiles(inputs);
      output = space.queryTiles(result);
      floor = space.floor(owner);
      for (int i = 0; i < q.size(); i++) {
        List<Rows> kinds = new ArrayList<>();
        for (String purpose : List.of("maxima", "sums", "new.maxima", "new.sums")) {
          kinds.add(new Rows(purpose, space, result, space.pattern.queriesOf(i)));
        }
        rows.add(kinds);
      }
      INDArray column = owner.scratch("ones", result.dataType(), space.pattern.keysOf(0));
      column.assign(1);
      for (int j = 0; j < k.size(); j++) {
        ones.add(TileSpace.view(column, 0, new long[] {space.pattern.keysOf(j), 1}, 1, 1));
      }
      product = space.call(NativeCall.matrixProduct(false, false));
      addProduct = space.call(NativeCall.matrixProduct(false, false, 1, true));
      largest = space.call(new NativeCall("reduce_max", 2));
      maximum = space.call(new NativeCall("maximum"));
      add = space.call(new NativeCall("add"));
      divide = space.call(new NativeCall("divide"));
    }

    void queryTile(int i) {
      Rows maxima = rows.get(i).get(0);
      Rows sums = rows.get(i).get(1);
      INDArray out = output.get(i);
      boolean first = true;
      for (TilePattern.Pair pair : space.pattern.row(i)) {
        int j = pair.keyTile();
        Tile tile = space.tile(i, j);
        space.scores(tile, q.get(i), k.get(j), pair, present.get(j));
        if (first) {
          largest.run(maxima.reduced, tile.stacked);
          weigh(tile, maxima, sums, j);
        } else {
          rescaled(i, tile, j);
        }
        (first ? product : addProduct).run(out, tile.grouped, v.get(j));
        first = false;
      }
      if (first) {
        out.assign(0); // sees no key at all
        return;
      }
      divide.run(out, out, sums.grouped);
      maximum.run(maxima.stacked, maxima.stacked, floor);
      Nd4j.getExecutioner().exec(new Log(sums.stacked, sums.stacked));
      add.run(space.logSums(i), maxima.stacked, sums.stacked);
    }

    /** exp(scores − maxima) in place, and its row sums. */
    private void weigh(Tile tile, Rows maxima, Rows sums, int j) {
      space.subtract.run(tile.stacked, tile.stacked, maxima.stacked);
      tile.exponentiate();
      product.run(sums.flat, tile.flat, ones.get(j));
    }

    /** The same, after what was summed so far is brought to the new maxima. */
    private void rescaled(int i, Tile tile, int j) {
      Rows maxima = rows.get(i).get(0);
      Rows sums = rows.get(i).get(1);
      Rows newMaxima = rows.get(i).get(2);
      Rows newSums = rows.get(i).get(3);
      largest.run(newMaxima.reduced, tile.stacked);
      maximum.run(newMaxima.stacked, newMaxima.stacked, maxima.stacked);
      weigh(tile, newMaxima, newSums, j);
      space.subtract.run(maxima.stacked, maxima.stacked, newMaxima.stacked);
      Nd4j.getExecutioner().exec(new Exp(maxima.stacked, maxima.stacked)); // now: the factor
      space.multiply.run(sums.stacked, sums.stacked, maxima.stacked);
      add.run(sums.stacked, sums.stacked, newSums.stacked);
      space.multiply.run(output.get(i), output.get(i), maxima.grouped);
      maxima.stacked.assign(newMaxima.stacked);
    }
  }
}
