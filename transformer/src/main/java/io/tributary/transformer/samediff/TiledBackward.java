package io.tributary.transformer.samediff;

import io.tributary.transformer.samediff.TileSpace.Tile;
import io.tributary.transformer.samediff.TiledAttention.TileRules;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The derivative of a {@link TiledForward} by q, k and v.
 *
 * <p>With P = exp(scores − log sums) of a tile, computed again, and D the row sums of dO ∘ O: dV +=
 * Pᵀ·dO, dS = P ∘ (dO·Vᵀ − D), dQ += scale · dS·K, dK += scale · dSᵀ·Q. Inputs are those of the
 * forward node, its output, and dO. The forward node must have run on the same values: a {@link
 * GraphPlan} runs forward stages first.
 */
final class TiledBackward extends HostOp {
  private final TiledAttention owner;
  private final TiledForward forward;
  private final TileRules rules;
  private Prepared prepared;

  TiledBackward(TiledAttention owner, TiledForward forward, TileRules rules, SDVariable... inputs) {
    super(inputs);
    this.owner = owner;
    this.forward = forward;
    this.rules = rules;
  }

  @Override
  public String opName() {
    return "tributary_tiled_attention_bp";
  }

  @Override
  public int getNumOutputs() {
    return 3;
  }

  @Override
  List<long[]> shapesFor(List<INDArray> inputs) {
    return inputs.subList(0, 3).stream().map(INDArray::shape).toList();
  }

  @Override
  void run(List<INDArray> inputs, List<INDArray> outputs) {
    if (prepared == null) {
      prepared = new Prepared(inputs, outputs);
    }
    prepared.run();
  }

  @Override
  void release() {
    if (prepared != null) {
      prepared.space.close();
      prepared = null;
    }
    owner.release();
  }

  /** Everything that stays the same from run to run. */
  private final class Prepared {
    final TileSpace space;
    private final INDArray output;
    private final INDArray outputGradient;
    private final List<INDArray> q;
    private final List<INDArray> k;
    private final List<INDArray> v;
    private final List<INDArray> present;
    private final List<INDArray> dOut;
    private final List<INDArray> dq;
    private final List<INDArray> dk;
    private final List<INDArray> dv;
    private final List<List<INDArray>> qByGroup = new ArrayList<>();
    private final List<List<INDArray>> dOutByGroup = new ArrayList<>();
    private final List<Boolean> touched = new ArrayList<>(); // by key tile
    private final INDArray tileMemory;
    private final INDArray products; // (B·K·G·T, s)
    private final INDArray ones; // (s, 1)
    private final INDArray rowSums; // (B·K·G·T, 1)
    private final List<INDArray> rowSumTiles; // D, (B·K, G, n, 1)
    private final NativeCall product;
    private final NativeCall productByTransposed;
    private final NativeCall scaledProduct;
    private final NativeCall addScaledProduct;
    private final NativeCall productOfTransposed;
    private final NativeCall addProductOfTransposed;
    private final NativeCall scaledProductOfTransposed;
    private final NativeCall addScaledProductOfTransposed;

    Prepared(List<INDArray> all, List<INDArray> results) {
      List<INDArray> inputs = all.subList(0, all.size() - 2);
      output = all.get(all.size() - 2);
      outputGradient = all.get(all.size() - 1);
      space = new TileSpace(owner, rules, forward.keep(), inputs, "scores");
      q = space.queryTiles(inputs.get(0));
      k = space.sharedKeyTiles(inputs.get(1));
      v = space.sharedKeyTiles(inputs.get(2));
      present = space.presentTiles(inputs);
      dOut = space.queryTiles(outputGradient);
      dq = space.queryTiles(results.get(0));
      dk = space.keyTiles(results.get(1));
      dv = space.keyTiles(results.get(2));
      for (int g = 0; g < space.groups; g++) {
        qByGroup.add(space.queryTiles(inputs.get(0), g));
        dOutByGroup.add(space.queryTiles(outputGradient, g));
      }
      var type = output.dataType();
      long rows = output.length() / output.size(3);
      tileMemory = owner.scratch("score.gradients", type, space.tile(0, 0).flat.length());
      products =
          owner.scratch("products", type, output.length()).reshape('c', rows, output.size(3));
      ones = owner.scratch("ones.of.values", type, output.size(3)).reshape('c', output.size(3), 1);
      ones.assign(1);
      rowSums = owner.scratch("row.sums", type, rows).reshape('c', rows, 1);
      rowSumTiles =
          space.queryTiles(rowSums.reshape('c', output.size(0), output.size(1), output.size(2), 1));
      product = space.call(NativeCall.matrixProduct(false, false));
      productByTransposed = space.call(NativeCall.matrixProduct(false, true));
      scaledProduct = space.call(NativeCall.matrixProduct(false, false, space.scale(), false));
      addScaledProduct = space.call(NativeCall.matrixProduct(false, false, space.scale(), true));
      productOfTransposed = space.call(NativeCall.matrixProduct(true, false));
      addProductOfTransposed = space.call(NativeCall.matrixProduct(true, false, 1, true));
      scaledProductOfTransposed =
          space.call(NativeCall.matrixProduct(true, false, space.scale(), false));
      addScaledProductOfTransposed =
          space.call(NativeCall.matrixProduct(true, false, space.scale(), true));
    }

    void run() {
      touched.clear();
      IntStream.range(0, dk.size()).forEach(j -> touched.add(false));
      space.multiply.run(
          products, output.reshape(products.shape()), outputGradient.reshape(products.shape()));
      product.run(rowSums, products, ones);
      for (int i = 0; i < q.size(); i++) {
        boolean first = true;
        for (TilePattern.Pair pair : space.pattern.row(i)) {
          pair(i, pair, first);
          first = false;
        }
        if (first) {
          dq.get(i).assign(0);
        }
      }
      for (int j = 0; j < dk.size(); j++) {
        if (!touched.get(j)) {
          dk.get(j).assign(0); // no query sees these keys
          dv.get(j).assign(0);
        }
      }
    }

    private void pair(int i, TilePattern.Pair pair, boolean first) {
      int j = pair.keyTile();
      Tile weights = space.tile(i, j);
      space.scores(weights, q.get(i), k.get(j), pair, present.get(j));
      space.subtract.run(weights.stacked, weights.stacked, space.logSums(i));
      weights.exponentiate();
      Tile gradient = space.tile("score.gradients", tileMemory, i, j);
      productByTransposed.run(gradient.grouped, dOut.get(i), v.get(j));
      space.subtract.run(gradient.grouped, gradient.grouped, rowSumTiles.get(i));
      space.multiply.run(gradient.stacked, gradient.stacked, weights.stacked);
      (first ? scaledProduct : addScaledProduct).run(dq.get(i), gradient.grouped, k.get(j));
      boolean adds = touched.set(j, true);
      for (int g = 0; g < space.groups; g++) {
        (adds ? addProductOfTransposed : productOfTransposed)
            .run(dv.get(j), weights.byGroup.get(g), dOutByGroup.get(g).get(i));
        (adds ? addScaledProductOfTransposed : scaledProductOfTransposed)
            .run(dk.get(j), gradient.byGroup.get(g), qByGroup.get(g).get(i));
        adds = true;
      }
    }
  }
}
